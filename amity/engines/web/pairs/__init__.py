"""People who speak for others, and what they agreed to."""
