"""Pinpoint: a market for machine-learning compute whose results a chain can check."""
