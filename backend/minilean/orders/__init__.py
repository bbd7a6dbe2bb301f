"""Orders: their types, tickets and events, and the way from a request to a fill."""
