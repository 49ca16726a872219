"""`schema`: the JSON Schema of the declaration format, for editors.

The types that load a project say most of it. What a kind of test, rule or connector takes is said by the kind, so it is
joined in here, above them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from headgate.analysis.library_rules import library_rules
from headgate.assertions.discovery import schemas as assertion_schemas
from headgate.compile.connector import CONNECTS_OWN, ConnectorType, Kind, Setting
from headgate.compile.connectors import connector_types
from headgate.project.json_schema import for_editors, format_schema
from headgate.project.testing import ALIASES
from headgate.workflows.results import SchemaResult

Json = dict[str, Any]

_VALUES: Mapping[Kind, Json] = {
    Kind.TEXT: {"type": ["string", "number", "boolean"]},
    Kind.NUMBER: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
    Kind.NAMES: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}
_TEMPLATE: Json = {"type": "string", "pattern": r"\{\{"}


def schema() -> SchemaResult:
    """The schema that is generated from the types that load a project and its kinds."""
    return SchemaResult(command="schema", schema=whole_schema())


def whole_schema() -> Json:
    """One schema for every file of a project; `$defs` has `ProjectFile`, `Lists` and `EnvironmentFile` for one each."""
    whole = format_schema()
    defs = whole["$defs"]
    _join_assertions(defs)
    _join_rules(defs)
    defs["Sink"]["allOf"] = [_connector(type_) for type_ in connector_types().values()]
    whole["$defs"] = dict(sorted(defs.items()))
    return whole


def _join_assertions(defs: Json) -> None:
    """Tests take the kinds there are, under dbt's names too. A test of a column or stream is told less: what it is about."""
    one, components = assertion_schemas()
    defs.update({name: for_editors(component) for name, component in components.items()})
    defs["Assertion"] = one
    defs["Test"]["properties"]["assertions"]["items"] = {"$ref": "#/$defs/Assertion"}
    names = sorted({*one["anyOf"][0]["enum"], *ALIASES})
    one["anyOf"][0]["enum"] = names
    by_name = {next(iter(a["properties"])): next(iter(a["properties"].values())) for a in one["anyOf"][1:]}
    one["anyOf"] += [_only({alias: by_name[kind]}, [alias]) for alias, kind in sorted(ALIASES.items())]
    beside = {"anyOf": [{"enum": names}, {"type": "object", "minProperties": 1}]}
    for definition in defs.values():
        for key in ("tests", "data_tests"):
            said = definition.get("properties", {}).get(key, {})
            if said.get("type") == "array" and "$ref" not in said.get("items", {}):
                said["items"] = beside


def _join_rules(defs: Json) -> None:
    """A rule is one of the library's, with that one's parameters, or SQL."""
    shared = defs["Rule"]["properties"]
    by_sql = {name: said for name, said in shared.items() if name not in ("use", "on")}
    choices = [_only(by_sql, ["name", "sql"])]
    kinds = library_rules()
    parameters, components = msgspec.json.schema_components(
        [kind.parameters for kind in kinds.values()], ref_template="#/$defs/rule_{name}"
    )
    for (name, kind), said in zip(kinds.items(), parameters, strict=True):
        own = for_editors(components[said["$ref"].rpartition("rule_")[2]])
        properties = {key: value for key, value in shared.items() if key != "sql"}
        properties |= {"use": {"const": name}, "on": {"enum": list(kind.on)}, **own["properties"]}
        choices.append(_only(properties, ["name", "use", *own.get("required", ())]))
    defs["Rule"] = {"title": "Rule", "description": defs["Rule"].get("description", ""), "anyOf": choices}


def _connector(type_: ConnectorType) -> Json:
    """What `config` takes where a sink is of this type. A key with a dot is the connector's own."""
    config = {
        "type": "object",
        "properties": {name: _setting(setting) for name, setting in type_.settings.items()},
        "patternProperties": {rf"\.|^({'|'.join(sorted(CONNECTS_OWN))})$": {}},
        "additionalProperties": False,
    }
    return {
        "if": {"properties": {"type": {"const": type_.name}}, "required": ["type"]},
        "then": {"properties": {"config": config}},
    }


def _setting(setting: Setting) -> Json:
    said: Json = {"enum": list(setting.choices)} if setting.choices else dict(_VALUES[setting.kind])
    if setting.key:
        said["description"] = f"Becomes `{setting.key}`."
    return {"anyOf": [said, _TEMPLATE]}


def _only(properties: Mapping[str, Json], required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }
