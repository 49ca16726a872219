"""Facts about a whole project, and the rules that judge them."""
