"""Plans as a whole: whether one can be carried out, what it will take, and writing it."""
