"""Pets of a vet's clinic: a sample plugin."""
