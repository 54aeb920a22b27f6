"""Shell text to simple commands, with their words and redirections."""
