"""The report: a page, a picture and a summary of what a replay found."""
