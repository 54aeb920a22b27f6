"""The files `harness init` writes, and how they get into a repository."""
