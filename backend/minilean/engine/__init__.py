"""The engine: sets a strategy up and runs it."""
