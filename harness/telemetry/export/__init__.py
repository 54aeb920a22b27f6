"""Exporting samples: NDJSON, CSV and Parquet."""
