"""Universes: which securities a run trades, chosen by the strategy or by functions of universe data."""
