"""Running a project's tests in a worktree, and reading what they said, strictly."""
