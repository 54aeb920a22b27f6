"""One phase: its attempts, and what becomes of each."""
