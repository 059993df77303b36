"""Use cases: actor first, permission first."""
