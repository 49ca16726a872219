"""The HTTP API of a Conduktor Gateway (`gateway/v2`; Conduktor docs, "Gateway API reference")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headgate.providers._http import Rejected, Service

API = "gateway/v2"
PATHS = {
    "GatewayServiceAccount": "service-account",
    "GatewayGroup": "group",
    "Interceptor": "interceptor",
}
PASSTHROUGH = "passthrough"
"""The virtual cluster of everything that names none."""

Document = Mapping[str, Any]


class Gateway:
    """One Gateway."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def documents(self, kind: str) -> list[Document]:
        """Every document of a kind."""
        return list(self._service.get(f"/{API}/{PATHS[kind]}") or ())

    def group(self, name: str) -> Document | None:
        """A group; None where there is none of that name."""
        found: Document | None = self._found(f"/{API}/group/{quote(name, safe='')}")
        return found

    def put(self, document: Document, *, dry: bool = False) -> None:
        """The document is there as given. A dry one stores nothing.

        A dry one looks neither at the class of an interceptor nor at its configuration.
        """
        path = f"/{API}/{PATHS[document['kind']]}"
        self._service.ask("PUT", path, document, params={"dryMode": "true"} if dry else None)

    def delete(self, kind: str, name: str, body: Document | None = None) -> None:
        """A document is there no more. Accounts are named by the body, interceptors by their scope in it as well."""
        path = f"/{API}/{PATHS[kind]}"
        if kind != "GatewayServiceAccount":
            path += f"/{quote(name, safe='')}"
        try:
            self._service.ask("DELETE", path, body)
        except Rejected as refused:
            if refused.status != 404:
                raise

    def plugins(self) -> set[str]:
        """The classes of interceptors that the Gateway has; empty where it does not tell."""
        said = self._found(f"/{API}/plugin") or ()
        return {str(one.get("plugin", "")) for one in said} - {""}

    def _found(self, path: str) -> Any:
        try:
            return self._service.get(path)
        except Rejected as refused:
            if refused.status == 404:
                return None
            raise

    def close(self) -> None:
        self._service.close()
