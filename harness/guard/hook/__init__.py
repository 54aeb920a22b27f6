"""What agents' own hooks ask before a tool runs: may these files be written, may this command run."""
