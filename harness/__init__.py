"""A git-native agent harness: phases on throwaway worktrees, judged by the tree they produce."""

__version__ = "0.1.0"
