"""The algorithm framework: alphas, portfolio construction, risk management, execution."""
