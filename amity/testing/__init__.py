"""Test support for the product and for plugins: worlds, the contract of an object, faults, statements."""
