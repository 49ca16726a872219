"""Resources as JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.resources import Resource, ResourceId


def resource_to_values(resource: Resource) -> dict[str, Any]:
    """A resource as values that JSON can hold; `reason` is left out, since it is about one change."""
    return {
        "kind": resource.id.kind,
        "name": resource.id.name,
        "address": resource.address,
        "after": [[one.kind, one.name] for one in resource.after],
        "fields": plain(resource.fields),
    }


def recorded_as(recorded: Resource, resource: Resource) -> bool:
    """Whether a state that holds `recorded` holds all that it would of `resource`."""
    one, other = ((r.address, r.after, r.fields) for r in (recorded, resource))
    return one == other or resource_to_values(recorded) == resource_to_values(resource)


def values_to_resource(values: Mapping[str, Any]) -> Resource:
    """The resource that `resource_to_values` wrote."""
    return Resource(
        id=ResourceId(values["kind"], values["name"]),
        fields=values["fields"],
        address=values["address"],
        after=tuple(ResourceId(kind, name) for kind, name in values["after"]),
    )


def plain(value: Any) -> Any:
    """A field's value with lists for tuples and dicts for mappings: two spellings of one value are equal then."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
