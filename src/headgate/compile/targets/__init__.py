"""One file per system that declarations compile to."""
