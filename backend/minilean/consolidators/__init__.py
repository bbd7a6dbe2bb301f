"""Consolidators: longer bars made of shorter ones."""
