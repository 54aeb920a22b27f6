"""What may change: pure rules over a tree difference."""
