"""Background jobs: `enqueue` from a business transaction, `run_worker` in the worker process."""
