"""Market data: files, corporate actions, subscriptions and the time slices made of them."""
