"""Samples from a repository's own history: each commit as if it had been a phase."""
