"""Database, run directories and LEAN's result files."""
