"""LEAN's data folder: format, catalogue, sources."""
