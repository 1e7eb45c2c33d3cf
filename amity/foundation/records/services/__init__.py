"""Every change of a record goes through here: rights, cleaning, and one transaction for all it touches."""
