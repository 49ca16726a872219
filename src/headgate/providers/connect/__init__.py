"""Kafka Connect: connectors, through its REST API."""

from headgate.providers.connect.provider import KINDS, open_provider

__all__ = ["KINDS", "open_provider"]
