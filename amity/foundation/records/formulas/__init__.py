"""Formulas of computed fields: a small language of its own, bounded by construction (docs/decisions/0013)."""
