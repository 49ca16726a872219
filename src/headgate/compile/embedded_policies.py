"""In which form every reader sees a stream on the embedded engine, which can show all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headgate.addresses import Address
from headgate.graph.permissions import Permissions
from headgate.graph.permissions.form import CLEAR


@dataclass(frozen=True, slots=True)
class Seen:
    """What a role sees for a purpose (None: none): the columns that are not in clear; `forms` is None where it is denied."""

    role: str
    purpose: str | None
    forms: Mapping[str, str] | None

    @property
    def who(self) -> str:
        """The reader in words."""
        return f"{self.role} for {self.purpose}" if self.purpose else self.role


def seen(permissions: Permissions, stream: Address) -> Iterator[Seen]:
    """What each role sees of a stream, first for no purpose, then for each that makes a difference to it."""
    for role in permissions.purposes:
        for purpose, view in permissions.views(role, stream):
            forms = view.forms
            masked = (
                {n: str(form) for n, form in forms.items() if form != CLEAR} if forms is not None else None
            )
            yield Seen(role, purpose, masked)
