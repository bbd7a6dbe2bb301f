"""Batches: many runs as one thing."""
