"""One function per verb, returning a typed result; the only thing a door calls."""
