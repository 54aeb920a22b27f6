"""What `harness doctor` looks at: the machine first, then the repository."""
