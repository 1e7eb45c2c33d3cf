"""Where values come from, and settling what sources say differently."""
