"""Risk management models: what overrides targets."""
