"""Finds strategies and reads them as text, never by import."""
