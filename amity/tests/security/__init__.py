"""Attacks on what is built, class by class."""
