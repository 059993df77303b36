"""Remote archives in the worklist: where to search, what they have, and what is on its way."""
