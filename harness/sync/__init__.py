"""Exchanging what the harness keeps with a remote."""
