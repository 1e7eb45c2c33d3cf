"""Reads other systems' files and proposes what their columns mean. Pure Python: no models, no queries."""
