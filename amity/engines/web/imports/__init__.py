"""Pages of importing: choose a file, correct the mapping, watch it run, take it back."""
