"""The strategy's base class and what belongs to it."""
