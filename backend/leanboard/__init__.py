"""Leanboard: a self-hosted service that runs QuantConnect LEAN backtests."""
