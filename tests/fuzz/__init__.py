"""Fuzz of whatever reads data that somebody else has written, off chain."""
