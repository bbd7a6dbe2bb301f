"""Changes of the index over time; run at start, inside the process."""
