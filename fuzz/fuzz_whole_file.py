"""Fuzz target of the format `whole-file`."""

from target import fuzz

if __name__ == "__main__":
    fuzz("whole-file")
