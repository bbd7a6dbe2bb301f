"""What LEAN computes from a run's samples, fills and closed trades: pure functions and small builders over values."""
