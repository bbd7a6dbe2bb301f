"""The process: from the command line to the exit code."""
