"""Runs held against each other: pure functions from what is known of them to what differs."""
