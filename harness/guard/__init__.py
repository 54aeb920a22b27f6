"""The guard: the policy over staged changes, a range of commits or a push; standard library only."""


def main(arguments: list[str]) -> int:
    """Run `harness guard ARGUMENTS` in the environment git gave a hook; returns the exit code.

    Raises HarnessError for wrong usage, an unusable configuration and a git that fails.
    """
    from harness.guard.command import run

    return run(arguments)
