"""One file per kind of assertion."""
