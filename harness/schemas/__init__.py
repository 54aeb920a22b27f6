"""JSON schemas of the documents the harness prints and stores; `python -m harness.schemas` writes them."""
