"""The index (SQLite or PostgreSQL) and the objects (files)."""
