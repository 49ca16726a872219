"""One registry through Confluent's API (Schema Registry docs, "API Reference"), which Apicurio and Karapace speak too."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from headgate.ports import PermanentFailure, Settings
from headgate.providers._http import Rejected, Service, told

_TEXT = "PROTOBUF"
_NOT_FOUND = 404
_INCOMPATIBLE = 409
_APICURIO = "/apis/ccompat/"
_APICURIO_OWN = "/apis/registry/v2"
_LISTED, _PAGE = 1000, 500

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a subject: its schema as a value, or as text where that is Protobuf."""

    number: int
    type: str
    schema: Any
    references: tuple[Mapping[str, Any], ...] = ()


class Incompatible(PermanentFailure):
    """The registry refuses a version because of the subject's level. Its text is the registry's own reason."""


class Registry:
    """The subjects of one cluster's registry."""

    def __init__(
        self,
        cluster: str,
        settings: Settings | None,
        hide: Callable[[str], str],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if settings is None:
            raise PermanentFailure(f"cluster `{cluster}` has no `schema_registry` in this environment")
        self.cluster = cluster
        what = f"the schema registry of `{cluster}`"
        self._service = Service(settings, what, hide=hide, timeout_s=10, transport=transport)
        self._own: Service | None = None
        base, ours, _ = settings.get("url", "").partition(_APICURIO)
        if ours:
            own = {**settings, "url": f"{base}{_APICURIO_OWN}"}
            self._own = Service(own, what, hide=hide, timeout_s=10, transport=transport)

    def subjects(self) -> tuple[list[str], bool]:
        """The names of the subjects, and whether these are all.

        Apicurio lists a thousand through this API, whatever it is asked for, and says nothing of the others; its own API
        has pages.
        """
        names = told(self._service, "/subjects", list)
        if len(names) < _LISTED or self._own is None:
            return sorted(names), True
        try:
            return sorted({*names, *self._pages(self._own)}), True
        except Rejected:
            return sorted(names), False

    def _pages(self, service: Service) -> Iterator[str]:
        for offset in itertools.count(0, _PAGE):
            found = service.get("/search/artifacts", offset=offset, limit=_PAGE)["artifacts"]
            # Groups are Apicurio's alone: subjects are what is in none.
            yield from (one.get("id") or one["artifactId"] for one in found if _in_no_group(one))
            if len(found) < _PAGE:
                return

    def latest_of_all(self) -> dict[str, Version] | None:
        """The newest version of every subject in one request; None where the registry has no such question."""
        try:
            found = told(self._service, "/schemas?latestOnly=true", list)
        except Rejected as refused:
            if refused.status in (_NOT_FOUND, 405, 501):
                return None
            raise
        return {one["subject"]: _version(one) for one in found}

    def latest(self, subject: str) -> Version | None:
        """The newest version of a subject; None where there is none."""
        found = self._found(f"/subjects/{_quoted(subject)}/versions/latest", dict)
        return _version(found) if found is not None else None

    def versions(self, subject: str) -> list[Version]:
        """Every version of a subject, the oldest first."""
        path = f"/subjects/{_quoted(subject)}/versions"
        numbers = self._found(path, list) or ()
        return [_version(self._service.get(f"{path}/{number}")) for number in sorted(numbers)]

    def level(self, subject: str) -> str:
        """The compatibility that a subject promises; "" where it says none and the registry's own holds.

        Apicurio says NONE of a subject that says none.
        """
        found = self._found(f"/config/{_quoted(subject)}", dict) or {}
        return str(found.get("compatibilityLevel", ""))

    def set_level(self, subject: str, level: str) -> None:
        """A subject promises that compatibility. It must have a version: Apicurio keeps nothing of one that has none."""
        self._service.ask("PUT", f"/config/{_quoted(subject)}", {"compatibility": level})

    def register(self, subject: str, version: Mapping[str, Any]) -> None:
        """A version; nothing where any is the same. `Incompatible` where the subject's level forbids it."""
        try:
            self._service.ask("POST", f"/subjects/{_quoted(subject)}/versions", body(version))
        except Rejected as refused:
            if refused.status == _INCOMPATIBLE:
                raise Incompatible(_reason(refused.body)) from None
            raise

    def bring_back(self, subject: str, version: Mapping[str, Any]) -> None:
        """An earlier version becomes the newest one again, under the same id.

        To register it does nothing, since it is there. So it goes as what it was and comes as a new version; whoever
        knows a schema by its id keeps it. `Incompatible` where it would not come again.
        """
        path = f"/subjects/{_quoted(subject)}"
        earlier = self._service.ask("POST", path, body(version))["version"]
        reason = self.refusal(subject, version, all_versions=False)
        if reason is not None:
            raise Incompatible(reason)
        self._gone(f"{path}/versions/{earlier}")
        self.register(subject, version)

    def refusal(self, subject: str, version: Mapping[str, Any], *, all_versions: bool) -> str | None:
        """Why the registry would not take a new version, in its own words ("" for none); None where it would."""
        path = f"/compatibility/subjects/{_quoted(subject)}/versions" + ("" if all_versions else "/latest")
        answer = self._service.ask("POST", path, body(version), params={"verbose": "true"})
        if answer.get("is_compatible", True):
            return None
        said = answer.get("messages") or [answer.get("reason") or ""]
        return "; ".join(map(str, said))

    def delete(self, subject: str) -> None:
        """The subject goes with all its versions and its level, softly: for good, a schema's id would be nobody's any more,
        and every record that was written with it unreadable (Schema Registry docs, "Delete schemas")."""
        self._gone(f"/subjects/{_quoted(subject)}")
        self._gone(f"/config/{_quoted(subject)}")

    def close(self) -> None:
        """Closes its clients."""
        self._service.close()
        if self._own is not None:
            self._own.close()

    def _found(self, path: str, kind: type[_Kind]) -> _Kind | None:
        """What stands there; None where the registry says that there is no such thing."""
        try:
            return told(self._service, path, kind)
        except Rejected as refused:
            self._must_be_absent(refused)
        return None

    def _gone(self, path: str) -> None:
        try:
            self._service.ask("DELETE", path)
        except Rejected as refused:
            self._must_be_absent(refused)

    def _must_be_absent(self, refused: Rejected) -> None:
        """Nothing where a registry says that there is no such thing; else the failure. A 404 of somebody else's, at an address
        that is not the registry's, is not taken for it."""
        if refused.status != _NOT_FOUND:
            raise refused from None
        if _code(refused.body) // 100 != _NOT_FOUND:
            where = f"{self._service.what} at {self._service.url}"
            raise PermanentFailure(f"{where} answers 404, and not as a registry does")


def body(version: Mapping[str, Any]) -> dict[str, Any]:
    """A version as the API takes it; AVRO is what a schema is where no type is said."""
    schema = version["schema"]
    return {
        "schema": schema if version["type"] == _TEXT else json.dumps(schema),
        "schemaType": version["type"],
        "references": list(version.get("references") or ()),
    }


def _version(said: Mapping[str, Any]) -> Version:
    type_ = said.get("schemaType") or "AVRO"
    return Version(
        number=said["version"],
        type=type_,
        schema=said["schema"] if type_ == _TEXT else _parsed(said["schema"]),
        references=tuple(said.get("references") or ()),
    )


def _parsed(text: str) -> Any:
    # What others registered need not be what its type says.
    try:
        return json.loads(text)
    except ValueError:
        return text


def _reason(answer: Any) -> str:
    return str(answer.get("message", "")) if isinstance(answer, Mapping) else ""


def _code(answer: Any) -> int:
    """The API's own number of what is wrong: 40401 is a subject that is not there; 0 where it says none."""
    code = answer.get("error_code") if isinstance(answer, Mapping) else 0
    return code if isinstance(code, int) else 0


def _in_no_group(artifact: Mapping[str, Any]) -> bool:
    return artifact.get("groupId") in (None, "default")


def _quoted(subject: str) -> str:
    return quote(subject, safe="")
