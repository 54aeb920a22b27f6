"""Replaying millions of rows: an embedded engine reads what is clean, the reader everything else."""
