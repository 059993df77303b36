"""Import of files, folders and ZIP archives."""
