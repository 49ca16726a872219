"""Connector types: one file a type, found by the folder. Each says which friendly keys mean what to the connector."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from headgate.compile.connector import ConnectorType


@cache
def connector_types() -> dict[str, ConnectorType]:
    """Every type by the name that `sink.type` says."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    return {n: importlib.import_module(f"{__name__}.{n}").TYPE for n in names}
