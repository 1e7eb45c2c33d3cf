"""Handing over a colleague's records, taking over a customer, and what one took over."""
