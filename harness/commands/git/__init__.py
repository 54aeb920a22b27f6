"""git command lines: their options, subcommands and configuration."""
