"""From what is live to declarations: sources, roles, exposures and sinks as text, and the files that hold them."""
