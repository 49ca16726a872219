"""Promises only: what a provider, an engine, a state store, a clock and a secret source do."""
