"""What an agent proposed: text in, edits out; each format is one file."""
