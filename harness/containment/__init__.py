"""Containing other people's programs with bubblewrap: what they may write, see and reach."""
