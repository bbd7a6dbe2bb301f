"""Frozen values that every other room shares; imports nothing of ours."""
