"""Brokerage models: what a brokerage accepts and charges, one module for each, and the simulated brokerage."""
