"""Trees to typed declarations; knows the language, not its meaning."""
