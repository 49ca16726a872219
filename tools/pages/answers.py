"""A JSON Schema of what each verb answers with `--output json`, from the values that the workflows return."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec

from headgate.diagnostics import Severity
from headgate.workflows import results

Json = dict[str, Any]

RESULTS: Mapping[str, type[results.Result]] = {
    "init": results.InitResult,
    "check": results.CheckResult,
    "ls": results.LsResult,
    "explain": results.ExplainResult,
    "compile": results.CompileResult,
    "build": results.BuildResult,
    "plan": results.PlanResult,
    "apply": results.PlanResult,
    "destroy": results.PlanResult,
    "status": results.StatusResult,
    "state": results.StateResult,
    "debug": results.DebugResult,
    "history": results.HistoryResult,
    "show": results.ShowResult,
    "tail": results.ShowResult,
    "pause": results.PauseResult,
    "resume": results.PauseResult,
    "test": results.TestResult,
    "lineage": results.LineageResult,
    "access": results.AccessResult,
    "import": results.ImportResult,
    "query": results.ShowResult,
    "local": results.LocalResult,
    "schema": results.SchemaResult,
}
_OWN = {"command", "diagnostics", "texts", "exit_code"}

_TEXT: Json = {"type": "string"}
_LINE: Json = {"type": ["integer", "null"], "minimum": 0}
_RANGE: Json = {
    "file": _TEXT,
    **{name: {"type": "integer", "minimum": 0} for name in ("line", "column", "end_line", "end_column")},
}


def _all_of(properties: Json, description: str = "") -> Json:
    said = {"description": description} if description else {}
    return {
        **said,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_NOTE = _all_of(
    {"message": _TEXT, "file": {"type": ["string", "null"]}, "line": _LINE, "column": _LINE},
    "Something that bears on a finding, and where it stands.",
)
_FIX = _all_of(
    {
        "safety": {"enum": ["safe", "unsafe", "display_only"]},
        "edits": {"type": "array", "items": _all_of({**_RANGE, "text": _TEXT})},
    },
    "Edits that mend it.",
)
_DIAGNOSTIC = _all_of(
    {
        "code": {"type": "string", "pattern": "^HG[A-Z][0-9]{3}$"},
        "name": _TEXT,
        "severity": {"enum": [s.value for s in Severity]},
        "message": _TEXT,
        **_RANGE,
        "node": {"type": ["string", "null"]},
        "notes": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
        "help": {"type": ["string", "null"]},
        "fix": {"anyOf": [{"$ref": "#/$defs/Fix"}, {"type": "null"}]},
    },
    "A finding. Lines and columns count from 1, in characters; 0 where the text is not at hand.",
)


def answer_schemas() -> dict[str, str]:
    """Every verb's schema, by its file."""
    return {
        f"docs/answers/{verb}.schema.json": json.dumps(_schema(verb, result), indent=2, ensure_ascii=False)
        + "\n"
        for verb, result in RESULTS.items()
    }


def _schema(verb: str, result: type[results.Result]) -> Json:
    hints = get_type_hints(result, include_extras=True)
    own = [f.name for f in dataclasses.fields(result) if f.name not in _OWN]
    shapes, components = msgspec.json.schema_components(
        [hints[name] for name in own], ref_template="#/$defs/{name}"
    )
    body = {name: _plain(shape) for name, shape in zip(own, shapes, strict=True)}
    head: Json = {
        "format": {"const": 1},
        "command": {"const": verb},
        "ok": {"type": "boolean", "description": "Whether the exit code is 0."},
        "diagnostics": {"type": "array", "items": {"$ref": "#/$defs/Diagnostic"}},
    }
    defs = {name: _plain(shape) for name, shape in components.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"headgate {verb} --output json",
        **_all_of({**head, **body}),
        "$defs": dict(sorted({**defs, "Diagnostic": _DIAGNOSTIC, "Note": _NOTE, "Fix": _FIX}.items())),
    }


def _plain(shape: Any) -> Any:
    """As the command line writes it: nothing is left out, and no key ends in an underscore."""
    if isinstance(shape, list):
        return [_plain(item) for item in shape]
    if not isinstance(shape, dict):
        return shape
    out = {key: _plain(value) for key, value in shape.items() if key != "default"}
    if isinstance(properties := out.get("properties"), dict):
        named = {key.rstrip("_"): value for key, value in properties.items()}
        out |= {"properties": named, "required": list(named), "additionalProperties": False}
    return out
