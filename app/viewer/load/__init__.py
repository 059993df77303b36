"""Series into memory: pixels of a manifest become a volume or a stack."""
