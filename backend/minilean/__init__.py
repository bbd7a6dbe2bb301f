"""minilean: a small engine for a stated subset of the LEAN Python API."""
