"""Git: objects, refs, notes, worktrees, ledger. The only place that knows pygit2 and GitPython."""
