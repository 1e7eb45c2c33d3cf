"""Records as files: comma-separated, spreadsheet, address book, JSON Lines."""
