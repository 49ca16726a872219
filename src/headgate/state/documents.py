"""A state as one JSON document: what `state pull` prints, `state push` takes, and what is put away before an upgrade."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headgate.resources import ResourceId
from headgate.state.contents import Contents
from headgate.state.formats import FORMAT, Owner, StateDamaged, check_format
from headgate.state.records import resource_to_values, values_to_resource


@dataclass(frozen=True, slots=True)
class Document:
    """A state that was printed once, and whose it is (`project/environment`)."""

    owner: str
    contents: Contents


def contents_to_values(owner: Owner, contents: Contents) -> dict[str, Any]:
    """A state as values that JSON can hold."""
    return {
        "format": contents.format,
        "version": owner.version,
        "project": owner.project,
        "environment": owner.environment,
        "generation": contents.generation,
        "resources": [resource_to_values(one) for _, one in sorted(contents.resources.items())],
        "begun": [[id_.kind, id_.name] for id_ in sorted(contents.begun)],
    }


def contents_to_text(owner: Owner, contents: Contents) -> str:
    """The document of a state, as text."""
    return json.dumps(contents_to_values(owner, contents), indent=2, ensure_ascii=False) + "\n"


def text_to_document(text: str) -> Document:
    """The state in a document; StateTooNew or StateDamaged where there is none."""
    try:
        return _document(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateDamaged("it is no document of a state") from error


def _document(values: Mapping[str, Any]) -> Document:
    check_format(values)
    resources = map(values_to_resource, values["resources"])
    contents = Contents(
        generation=int(values["generation"]),
        resources={resource.id: resource for resource in resources},
        begun={ResourceId(kind, name) for kind, name in values["begun"]},
        format=FORMAT,
    )
    return Document(f"{values['project']}/{values['environment']}", contents)
