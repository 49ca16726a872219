"""Names of declared things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a name names."""

    SOURCE = "source"
    MODEL = "model"
    EXPOSURE = "exposure"
    TEST = "test"
    UNIT_TEST = "unit_test"
    DATA_PRODUCT = "data_product"
    ROLE = "role"
    GROUP = "group"
    RULE = "rule"


_PRINTED = re.compile(
    r"(?:(?P<project>[a-z][a-z0-9_]*):)?(?P<kind>[a-z_]+)\.(?P<name>[^.\s]+)(?:\.v(?P<version>\d+))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A declared thing: `model.payments_clean`, `model.payments_clean.v2`, `risk:model.customer_scores`.

    `project` is empty for this project's own things.

    >>> str(Address(Kind.MODEL, "payments_clean", 2))
    'model.payments_clean.v2'
    >>> Address.parse("source.payments_events")
    Address(kind=<Kind.SOURCE: 'source'>, name='payments_events', version=0, project='')
    """

    kind: Kind
    name: str
    version: int = 0
    project: str = ""

    def __hash__(self) -> int:
        # Addresses are looked up a million times in a large project; few share a name.
        return hash(self.name)

    def __str__(self) -> str:
        return (
            (f"{self.project}:" if self.project else "")
            + f"{self.kind.value}.{self.name}"
            + (f".v{self.version}" if self.version else "")
        )

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that prints as `text`; ValueError where none does."""
        match = _PRINTED.fullmatch(text)
        if match is None or match["kind"] not in Kind._value2member_map_:
            raise ValueError(f"not an address: {text!r}")
        return cls(Kind(match["kind"]), match["name"], int(match["version"] or 0), match["project"] or "")

    def column(self, name: str) -> ColumnAddress:
        """The column `name` of this stream."""
        return ColumnAddress(self, name)


@dataclass(frozen=True, slots=True, order=True)
class ColumnAddress:
    """A column of a stream: `model.payments_clean.card_number`."""

    stream: Address
    name: str

    def __hash__(self) -> int:
        return hash((self.stream.name, self.name))

    def __str__(self) -> str:
        return f"{self.stream}.{self.name}"
