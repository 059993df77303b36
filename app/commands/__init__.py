"""One module for each command of `klinika`."""
