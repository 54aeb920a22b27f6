"""Where a run stands, as values for whoever shows it."""
