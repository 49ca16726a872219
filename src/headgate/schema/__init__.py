"""Logical column types, the forms a value may take, wire schemas and the compatibility of their versions."""
