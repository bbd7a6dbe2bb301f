"""Leanboard: a self-hosted service that runs QuantConnect LEAN backtests."""

__version__ = "0.1.0"
