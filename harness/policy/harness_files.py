"""The harness's own files, closed to phases and agents; standard library only."""

# What `harness init` writes, and what decides or records what phases may do.
HARNESS_FILES = (
    "/harness.toml",
    "/.pre-commit-config.yaml",
    "/.worktreeinclude",
    "/hooks/pre-commit",
    "/hooks/pre-merge-commit",
    "/hooks/pre-push",
    "/hooks/commit-msg",
    "/.github/workflows/harness.yml",
    "/telemetry/.gitattributes",
    "/telemetry/*.ndjson",
)
