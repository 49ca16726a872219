"""The live picture, joined to addresses."""
