"""Subjects, their versions and compatibility levels."""
