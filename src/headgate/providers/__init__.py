"""One folder per live system, found by name; the only place with clients of running systems."""
