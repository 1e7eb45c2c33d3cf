"""What people are told, and the one door for the system's own mail."""
