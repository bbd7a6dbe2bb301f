"""Portfolio construction models: from insights to targets."""
