"""The library of rules: one file a kind, the file's name being what `use:` says; each holds one `RULE`."""
