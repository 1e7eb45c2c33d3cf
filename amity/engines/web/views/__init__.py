"""The generic pages of records: every object gets the same, resolved by its spec."""
