"""The kinds of assertions, found by this folder: the file's name is the kind's."""
