"""The schemas of a registry, over the Confluent API: each is asked for once.

Source: Confluent Schema Registry API reference, "Schemas" and "Subjects".
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

import fastavro
import httpx
from fastavro.schema import SchemaParseException

from headgate.ports import PermanentFailure, Settings, TemporaryFailure

SECONDS = 10.0


class NoSuchSchema(Exception):
    """The registry has no schema of that id, or none of that format; the message says which."""


class Registry:
    """A schema registry, read only, by the settings that an environment has for it. Close it.

    PermanentFailure where those name no address, or no certificates.
    """

    def __init__(self, settings: Settings | None) -> None:
        said = settings or {}
        url = _address(said.get("url", ""))
        login = (said["username"], said.get("password", "")) if said.get("username") else None
        if login is None and url.username:
            login = url.username, url.password
        token = said.get("token")
        self._url = str(url.copy_with(userinfo=b"")).rstrip("/")
        self._client = httpx.Client(
            timeout=SECONDS,
            auth=login,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            verify=_trusted(said.get("ca_file", "")),
            # A proxy of the machine's environment leads out of it, never back to it.
            trust_env=url.host not in ("", "localhost", "127.0.0.1", "::1"),
        )
        self._schemas: dict[int, Any] = {}

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection back."""
        self._client.close()

    def latest_id(self, subject: str) -> int:
        """The id of the newest schema of a subject; PermanentFailure where it has none."""
        answer = self._get(f"/subjects/{quote(subject, safe='')}/versions/latest")
        if answer is None:
            raise PermanentFailure(f"the schema registry has no schema of {subject}")
        return int(answer["id"])

    def avro(self, id_: int) -> Any:
        """The Avro schema of an id, parsed, with what it refers to; NoSuchSchema where there is none."""
        if id_ not in self._schemas:
            self._schemas[id_] = self._parsed(id_)
        found = self._schemas[id_]
        if isinstance(found, NoSuchSchema):
            raise found
        return found

    def _parsed(self, id_: int) -> Any:
        answer = self._get(f"/schemas/ids/{id_}")
        if answer is None:
            return NoSuchSchema(f"the registry has no schema {id_}")
        if answer.get("schemaType", "AVRO") != "AVRO":
            return NoSuchSchema(f"schema {id_} is of the format {answer['schemaType']}, not Avro")
        named: dict[str, Any] = {}
        try:
            self._refer(answer, named)
            return fastavro.parse_schema(json.loads(answer["schema"]), named_schemas=named)
        except (SchemaParseException, ValueError, KeyError, TypeError):
            return NoSuchSchema(f"schema {id_} is no Avro that can be read")

    def _refer(self, answer: Mapping[str, Any], named: dict[str, Any]) -> None:
        """The schemas that one refers to are among the named, those that they refer to first."""
        for reference in answer.get("references") or ():
            subject = quote(reference["subject"], safe="")
            other = self._get(f"/subjects/{subject}/versions/{reference['version']}")
            if other is None:
                raise ValueError(reference["name"])
            self._refer(other, named)
            fastavro.parse_schema(json.loads(other["schema"]), named_schemas=named)

    def _get(self, path: str) -> dict[str, Any] | None:
        """What the registry answers; None where there is no such thing."""
        try:
            answer = self._client.get(self._url + path)
        except httpx.HTTPError as error:
            raise TemporaryFailure(f"the schema registry at {self._url} cannot be reached: {error}") from None
        status = answer.status_code
        if status == httpx.codes.NOT_FOUND:
            return None
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise PermanentFailure(f"the schema registry at {self._url} does not let us read ({status})")
        if status != httpx.codes.OK:
            raise TemporaryFailure(f"the schema registry at {self._url} answers {status}")
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise TemporaryFailure(f"what answers at {self._url} is no schema registry")
        return found


def _address(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise PermanentFailure("the `url` of the schema registry is none") from None


def _trusted(ca_file: str) -> ssl.SSLContext | bool:
    """The certificates to trust: those of a file where one is named."""
    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else True
    except (OSError, ssl.SSLError):
        raise PermanentFailure(f"the `ca_file` of the schema registry cannot be used: {ca_file}") from None
