"""The window in which a person signs in."""
