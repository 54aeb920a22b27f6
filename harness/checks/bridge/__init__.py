"""The plugin copied next to the project's own pytest; never imported by the harness itself."""
