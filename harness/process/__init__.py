"""Running other people's programs: time limits, output limits, and nothing left running."""
