"""Agents: whatever proposes edits."""
