"""Fuzz target of the format `unified-diff`."""

from target import fuzz

if __name__ == "__main__":
    fuzz("unified-diff")
