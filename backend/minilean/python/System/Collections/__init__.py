"""Collections of .NET."""
