"""Execution models: from targets to orders."""
