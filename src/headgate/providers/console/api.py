"""The HTTP API of a Conduktor Console (`/api/public`; Conduktor docs, "Self-service resources", "Alerts")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headgate.ports import PermanentFailure, Settings
from headgate.providers._http import Rejected, Service
from headgate.providers.console.names import ALERT, APPLICATION, INSTANCE, DocumentName

PATHS = {
    APPLICATION: "self-serve/v1/application",
    INSTANCE: "self-serve/v1/application-instance",
    ALERT: "monitoring/v3/alert",
}
_NOT_ALLOWED = (
    "self-service and alerts take an administrator's token, and an edition of Console that has them: "
    "the community edition has neither, and an application's own token does not do"
)

Document = Mapping[str, Any]


def rooted(settings: Settings) -> Settings:
    """The settings with the address of Console itself, where they say that of its API."""
    url = settings.get("url", "").rstrip("/").removesuffix("/api")
    return {**settings, "url": url}


class Console:
    """One Console."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def documents(self, kind: str) -> list[Document]:
        """Every application or instance. Alerts are asked for by their owners."""
        return list(self._ask("GET", PATHS[kind]) or ())

    def document(self, name: DocumentName) -> Document | None:
        """A document; None where there is none of that name."""
        try:
            found: Document = self._ask("GET", _path(name), params=_owner(name.owner))
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise
        return found

    def put(self, document: Document, *, dry: bool = False) -> None:
        """The document is there as given. A dry one stores nothing, and is refused for what would be refused."""
        params = _owner(str(document["metadata"].get("appInstance", "")))
        self._ask("PUT", PATHS[document["kind"]], document, params | ({"dryMode": "true"} if dry else {}))

    def delete(self, name: DocumentName) -> None:
        """A document is there no more. Console deletes no application that has an instance."""
        try:
            self._ask("DELETE", _path(name), params=_owner(name.owner))
        except Rejected as refused:
            if refused.status != 404:
                raise

    def close(self) -> None:
        self._service.close()

    def _ask(
        self, method: str, path: str, body: Document | None = None, params: Mapping[str, str] | None = None
    ) -> Any:
        try:
            return self._service.ask(method, f"/api/public/{path}", body, params=params or None)
        except Rejected as refused:
            if refused.status == 403:
                raise PermanentFailure(f"{refused}; {_NOT_ALLOWED}") from None
            raise


def _path(name: DocumentName) -> str:
    return f"{PATHS[name.kind]}/{quote(name.name, safe='')}"


def _owner(instance: str) -> dict[str, str]:
    """Whose an alert is: of several owners each may have one of a name."""
    return {"appInstance": instance} if instance else {}
