"""Analysed graph to resources and files; pure, with declared capabilities."""
