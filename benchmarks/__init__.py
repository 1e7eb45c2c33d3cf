"""How fast the product is, beside the database alone doing the same work in the same run."""
