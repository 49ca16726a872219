"""Conduktor Gateway: accounts, groups, interceptors and ACLs, through its HTTP API and its Kafka side."""

from headgate.providers.conduktor.provider import KINDS, open_provider

__all__ = ["KINDS", "open_provider"]
