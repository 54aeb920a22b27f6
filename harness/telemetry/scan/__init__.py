"""Replaying millions of rows: clean ones are read column by column, the reader has everything else."""
