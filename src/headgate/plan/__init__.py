"""Observed and desired to ordered changes; pure."""
