"""A run of many phases: which comes next, when to stop, and why."""
