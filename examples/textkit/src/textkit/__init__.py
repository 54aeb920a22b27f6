"""Small helpers for plain text."""

from textkit.words import words

__all__ = ["words"]
