"""Diagnoses: what an agent says should become of a phase that keeps failing."""
