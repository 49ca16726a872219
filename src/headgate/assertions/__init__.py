"""Tests on moving data: their parameters, the query that finds failing records, how to judge it."""
