"""What came of a batch: pure functions from its items to matrix, comparison, closing summary and table."""
