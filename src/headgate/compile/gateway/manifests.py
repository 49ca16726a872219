"""Documents for Conduktor Gateway's API (`gateway/v2`), their names and the order they are applied in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

API = "gateway/v2"
PLUGINS = "io.conduktor.gateway.interceptor"

ENCRYPT, DECRYPT, MASK, SERVE, HEADERS = 100, 200, 300, 500, 900
"""Priorities, the lower first: what is written is encrypted; what is read is decrypted, masked, filtered, stripped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing of the Gateway. `group` is the scope of an interceptor, "" for everybody."""

    kind: str
    name: str
    spec: Mapping[str, Any]
    group: str = ""

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}" + (f"@{self.group}" if self.group else "")

    def as_value(self) -> dict[str, Any]:
        """The document as it is written."""
        metadata: dict[str, Any] = {"name": self.name}
        if self.group:
            metadata["scope"] = {"group": self.group}
        return {"kind": self.kind, "apiVersion": API, "metadata": metadata, "spec": dict(self.spec)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interceptor:
    """An interceptor before it has its place among those of its topic."""

    name: tuple[str, ...]
    plugin: str
    priority: int
    comment: str
    config: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""

    def document(self) -> Document:
        spec = {
            "comment": self.comment,
            "pluginClass": f"{PLUGINS}.{self.plugin}",
            "priority": self.priority,
            "config": dict(self.config),
        }
        return Document(kind="Interceptor", name=slug("--".join(self.name), 64), spec=spec, group=self.group)


def slug(text: str, most: int) -> str:
    """The text as a name: letters, digits, `_` and `-`; one that has to be cut or changed keeps a digest of what it was.

    >>> slug("payments_clean--sql", 64), slug("dev.payments", 64)
    ('payments_clean--sql', 'dev-payments-f6071a')
    """
    name = re.sub(r"[^A-Za-z0-9_-]", "-", text)
    if name == text and len(text) <= most:
        return name
    return f"{name[: most - 7]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def exactly(topics: Iterable[str]) -> str:
    """A regular expression for these topics and no others."""
    names = [re.sub(r"([.$*+?(){}|\[\]^\\])", r"\\\1", topic) for topic in dict.fromkeys(topics)]
    return f"^{names[0]}$" if len(names) == 1 else f"^(?:{'|'.join(names)})$"
