"""Finished runs once more: on the same engine, or on the other one to hold their results against each other."""
