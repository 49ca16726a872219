"""Subjects, their versions and compatibility levels."""

from headgate.providers.schema_registry.provider import KINDS, SchemaRegistry, open_provider

__all__ = ["KINDS", "SchemaRegistry", "open_provider"]
