"""Conduktor Console: applications, their instances on clusters, and alerts, through its HTTP API."""

from headgate.providers.console.provider import KINDS, open_provider

__all__ = ["KINDS", "open_provider"]
