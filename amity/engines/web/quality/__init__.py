"""Pages about the quality of records."""
