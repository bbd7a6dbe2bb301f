"""Scheduled events: rules for dates and times, and the handler that fires them."""
