"""Fuzz target of the format `ndjson`."""

from target import fuzz

if __name__ == "__main__":
    fuzz("ndjson")
