"""Fitting a profile to samples."""
