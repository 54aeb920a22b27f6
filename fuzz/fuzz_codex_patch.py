"""Fuzz target of the format `codex-patch`."""

from target import fuzz

if __name__ == "__main__":
    fuzz("codex-patch")
