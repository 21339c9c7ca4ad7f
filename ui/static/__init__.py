"""Style sheet and script of the page, read as package files."""
