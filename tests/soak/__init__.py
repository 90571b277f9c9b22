"""Writes under kill -9: what was acknowledged is there, what was not is there whole or not at all."""
