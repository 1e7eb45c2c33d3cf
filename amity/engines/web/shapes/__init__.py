"""The list's other shapes: board, calendar and chart of the same records under the same address."""
