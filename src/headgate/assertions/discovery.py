"""The kinds found by their folder, and the JSON Schema of their parameters."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from headgate.assertions import kinds
from headgate.assertions.kind import AssertionKind


@cache
def assertion_kinds() -> Mapping[str, AssertionKind]:
    """Every kind by its name."""
    names = sorted(m.name for m in pkgutil.iter_modules(kinds.__path__))
    return {name: importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names}


def schemas(ref_template: str = "#/$defs/{name}") -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON Schema of one assertion of a test (`kind: {…}`, or a kind's name alone), and the components it uses."""
    found = assertion_kinds()
    structs = [kind.parameters for kind in found.values()]
    parameters, components = msgspec.json.schema_components(structs, ref_template=ref_template)
    one_of = [
        {
            "type": "object",
            "properties": {name: _said(name, schema)},
            "required": [name],
            "additionalProperties": False,
        }
        for name, schema in zip(found, parameters, strict=True)
    ]
    return {"anyOf": [{"enum": list(found)}, *one_of]}, dict(components)


def _said(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "string"}]} if name == "sql" else schema
