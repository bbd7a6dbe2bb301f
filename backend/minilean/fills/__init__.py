"""Fill and slippage models."""
