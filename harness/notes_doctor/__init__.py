"""What is wrong with the notes of a repository, and reports that lost their commit."""
