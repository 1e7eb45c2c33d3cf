"""The help pages: the documents for users, shown inside the product."""
