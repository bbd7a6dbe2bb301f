"""Indicators: decimals in, decimals out, as in LEAN."""
