"""The programs a command runs: who judges their arguments, and how."""
