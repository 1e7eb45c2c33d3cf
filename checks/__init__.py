"""What `make check` does. Each check is a module with `run() -> list[str]`: the faults it found."""
