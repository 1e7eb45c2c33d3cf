"""Amity, a customer relationship system that a firm owns."""

__version__ = "0.1.0"
