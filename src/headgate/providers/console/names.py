"""Identities of things of a Console: `<cluster>/<name>`, and `<cluster>/<instance>/<name>` of an alert."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.resources import ResourceId
from headgate.resources.live import CONSOLE_ALERT, CONSOLE_APPLICATION, CONSOLE_INSTANCE

APPLICATION, INSTANCE, ALERT = "Application", "ApplicationInstance", "Alert"
_WORDS = {CONSOLE_APPLICATION.name: APPLICATION, CONSOLE_INSTANCE.name: INSTANCE, CONSOLE_ALERT.name: ALERT}


@dataclass(frozen=True, slots=True, order=True)
class DocumentName:
    """A document: its kind, its name, and the instance that an alert is of ("" for what is no alert)."""

    kind: str
    name: str
    owner: str = ""


def cluster_in(id_: ResourceId) -> str:
    """The cluster whose Console has it."""
    return id_.name.partition("/")[0]


def document_in(id_: ResourceId) -> DocumentName:
    """The document of an id."""
    owner, _, name = id_.name.partition("/")[2].rpartition("/")
    return DocumentName(_WORDS[id_.kind], name, owner)
