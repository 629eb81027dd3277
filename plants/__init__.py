"""One file, one plant."""
