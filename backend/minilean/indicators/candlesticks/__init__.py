"""Candlestick patterns: 1 for a bullish one, -1 for a bearish one, 0 for none."""
