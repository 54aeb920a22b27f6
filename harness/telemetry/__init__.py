"""Tokens predicted and used: the estimator, the rows that record an attempt, and their replay."""
