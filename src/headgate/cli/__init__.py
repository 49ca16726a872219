"""The command line: reads arguments, calls one workflow, shows its result."""
