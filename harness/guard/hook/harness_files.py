"""The harness's own files, which no agent writes."""

# Those a phase may not change (harness.phase.context.CLOSED), and every hook `harness init` writes.
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
