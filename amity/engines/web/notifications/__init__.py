"""The bell, the list of what one was told, and the page that ends a mail."""
