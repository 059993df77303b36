"""Files that were found damaged: of which studies they are, and what mends them."""
