"""Runs unit tests and assertions, and asks the judge."""
