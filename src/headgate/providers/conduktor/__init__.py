"""Interceptors and groups of Conduktor Gateway."""
