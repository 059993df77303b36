"""Keys and mouse, and what this program is."""
