"""The door for agents; not open yet."""
