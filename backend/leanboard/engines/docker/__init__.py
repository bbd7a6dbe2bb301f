"""Real LEAN: one container of its unmodified image per run."""
