"""The door for editors; not open yet."""
