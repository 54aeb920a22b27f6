"""Fuzz target of the format `search-replace`."""

from target import fuzz

if __name__ == "__main__":
    fuzz("search-replace")
