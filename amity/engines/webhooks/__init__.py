"""Telling other programs what happened: signed messages to their addresses, tried again until they arrive."""
