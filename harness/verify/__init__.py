"""Recomputing, from what a repository holds, everything the harness has said about its phases."""
