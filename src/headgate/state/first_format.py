"""The first format of a state, which was a file's: each line had one word for what it was about.

{"format": 1, "project": "shop", "environment": "dev", "version": "0.1"}
{"generation": 3}
{"resource": {…}}   {"intent": ["topic", "orders"]}   {"forgotten": ["topic", "orders"]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headgate.resources import Resource, ResourceId
from headgate.state.formats import Owner, check_format
from headgate.state.ledger import Record
from headgate.state.records import values_to_resource


class FirstFormat:
    """Makes of each line, in their order, the records it would be today; they keep their format's number."""

    def __init__(self) -> None:
        self._owner = Owner("", "", "")
        self._applied: dict[ResourceId, Resource] = {}

    def records(self, line: Mapping[str, Any]) -> Iterator[Record]:
        """The records of one line."""
        if "format" in line:
            check_format(line)
            self._owner = Owner(line["project"], line["environment"], line["version"])
        elif "generation" in line:
            yield self._old(self._owner.head(int(line["generation"]), None))
        elif "resource" in line:
            resource = values_to_resource(line["resource"])
            self._applied[resource.id] = resource
            yield self._old(self._owner.thing(resource.id, resource))
        elif "intent" in line:
            id_ = ResourceId(*line["intent"])
            yield self._old(self._owner.thing(id_, self._applied.get(id_), begun=1))
        else:
            gone = ResourceId(*line["forgotten"])
            self._applied.pop(gone, None)
            yield self._owner.thing(gone, None)

    @staticmethod
    def _old(record: Record) -> Record:
        key, value = record
        return key, {**(value or {}), "format": 1}
