"""One file per rule: a code and one check that yields diagnostics."""
