"""The HTTP door; not open yet."""
