"""Environments: which one is meant, and what its file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate.diagnostics import Diagnostic, Span
from headgate.project import codes, keys
from headgate.project.declarations import Cluster, Environment
from headgate.project.local_stack import LOCAL
from headgate.project.merging import said
from headgate.project.secrets import check_values
from headgate.project.suggest import did_you_mean, listed
from headgate.project.units import milliseconds
from headgate.project.validate import convert_parts
from headgate.syntax import Document, Place

EMBEDDED = "embedded"
PLAN_TTL = "1 day"


@dataclass(slots=True)
class Chosen:
    """The environment a project is loaded for: its file, where it has one, and what that says."""

    name: str = EMBEDDED
    said: keys.EnvironmentFile = field(default_factory=keys.EnvironmentFile)
    document: Document | None = None
    known: tuple[str, ...] = (EMBEDDED,)
    chosen: bool = True
    sound: bool = True
    """Whether all of the file could be read: where not, what it lacks is no second finding."""

    @property
    def place(self) -> Place | None:
        """The place of the file."""
        return self.document.place() if self.document is not None else None


def choose(
    name: str | None, documents: Mapping[str, Document], broken: Mapping[str, str], found: list[Diagnostic]
) -> Chosen | None:
    """The environment `name`, else the one with `default: true`, else `embedded`; None where there is no such one.

    Where there are files and none is the default, nobody has chosen: the answer is `embedded`, and says so.
    """
    files: dict[str, tuple[keys.EnvironmentFile | None, Document | None]] = {}
    unsound: set[str] = {_stem(file) for file in broken}
    for file, document in documents.items():
        raw = {} if document.value is None else document.value
        said_, sound = convert_parts(raw, keys.EnvironmentFile, document.place(), found)
        files[_stem(file)] = (said_, document)
        unsound |= set() if sound else {_stem(file)}
    files |= {_stem(file): (None, None) for file in broken}
    known = tuple(sorted({EMBEDDED, *files}))
    if name is None:
        name = _default(files, found)
    chosen = name is not None or not files
    name = name or EMBEDDED
    if name not in known:
        finding = codes.UNKNOWN_ENVIRONMENT.at(
            Span("headgate.yml", 0, 0), f"no environment is called `{name}`"
        )
        found.append(finding.with_help(_instead(name, known)))
        return None
    file_said, its_document = files.get(name, (None, None))
    return Chosen(name, file_said or keys.EnvironmentFile(), its_document, known, chosen, name not in unsound)


def _instead(name: str, known: tuple[str, ...]) -> str:
    """What to do where there is no environment of that name."""
    if name == LOCAL:
        return f"write `environments/{LOCAL}.yml` that says `engine: {LOCAL}`, for what `headgate local up` starts"
    return did_you_mean(name, known) or f"there are {listed(known)}"


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]


def _default(
    files: Mapping[str, tuple[keys.EnvironmentFile | None, Document | None]], found: list[Diagnostic]
) -> str | None:
    defaults = [
        (name, document)
        for name, (keys_, document) in sorted(files.items())
        if keys_ is not None and keys_.default and document is not None
    ]
    for name, document in defaults[1:]:
        first = defaults[0][1]
        found.append(
            codes.TWO_DEFAULTS.at(
                document.place("default").span(), f"`{name}` is the default environment too"
            )
            .note("this one is as well", first.place("default").span())
            .with_help("keep `default: true` in one of them")
        )
    return defaults[0][0] if defaults else None


def environment(chosen: Chosen, variables: Mapping[str, Any], found: list[Diagnostic]) -> Environment:
    """The environment as declared; connections stay raw, with their templates unresolved."""
    file, place = chosen.said, chosen.place
    engine = file.engine or (EMBEDDED if chosen.name == EMBEDDED else "live")
    protected = bool(file.protected)
    if place is not None:
        found += check_values(_connections(file), place, protected=protected, variables=variables)
        _check(file, place, protected, found)
    return Environment(
        name=chosen.name,
        engine=engine,
        place=place,
        protected=protected,
        allow_destroy=file.allow_destroy if file.allow_destroy is not None else engine == EMBEDDED,
        fail_closed=file.fail_closed if file.fail_closed is not None else engine == "live",
        reader_role=file.reader.role if file.reader else "",
        reader_purpose=file.reader.purpose if file.reader else None,
        prefix=(file.naming.prefix if file.naming else None) or "",
        state=said(file.state) if file.state else {},
        virtual_topics=file.virtual_topics or "proxy",
        clusters={name: _cluster(name, parts, place) for name, parts in (file.clusters or {}).items()},
        alerts=file.alerts or {},
        kms=file.kms or {},
        masking_key=file.masking.key if file.masking else "",
        managed_by={str(kind): tool for kind, tool in (file.managed_by or {}).items()},
        plan_ttl_ms=milliseconds(file.plan_ttl or PLAN_TTL) or 0,
        chosen=chosen.chosen,
        known=chosen.known,
    )


def _connections(file: keys.EnvironmentFile) -> dict[str, Any]:
    clusters = {
        name: {key: value for key, value in said(parts).items() if key != "meta"}
        for name, parts in (file.clusters or {}).items()
    }
    return {"clusters": clusters, "alerts": file.alerts or {}, "kms": file.kms or {}}


def _cluster(name: str, parts: keys.ClusterKeys, place: Place | None) -> Cluster:
    return Cluster(
        name=name,
        place=place.at("clusters", name) if place is not None else None,
        region=parts.region or "",
        kafka=parts.kafka,
        schema_registry=parts.schema_registry,
        flink=parts.flink,
        connect=parts.connect or {},
        proxy=parts.proxy,
        console=parts.console,
        identities=parts.identities or {},
    )


_FLINK = ("sql_gateway", "kubernetes", "confluent_cloud")
_FLINK_NEEDS = {
    "kubernetes": ("image", "storage"),
    "confluent_cloud": ("organization", "environment", "database", "compute_pool", "principal"),
}
"""What the environment says of a Flink whose jobs others deploy: nothing else tells it."""
_PROXY = ("conduktor",)
_PROXY_LATER = ("kroxylicious",)


def _check(file: keys.EnvironmentFile, place: Place, protected: bool, found: list[Diagnostic]) -> None:
    for name, parts in (file.clusters or {}).items():
        at = place.at("clusters", name)
        if parts.kafka is None and file.engine not in (EMBEDDED, LOCAL):
            found.append(
                codes.MISSING_KEY.at(at.key_span(), f"the key `kafka` of `{name}` is missing").with_help(
                    "add `kafka: {bootstrap_servers: …}`"
                )
            )
        _type(parts.flink, at.at("flink"), "Flink", _FLINK, (), found)
        _needs(parts.flink or {}, at.at("flink"), found)
        _type(parts.proxy, at.at("proxy"), "a proxy", _PROXY, _PROXY_LATER, found)
    if file.state is not None and file.state.file is not None and protected:
        found.append(
            codes.BAD_VALUE.at(
                place.at("state", "file").span(), "the state of a protected environment stands in a file"
            ).with_help("a file has no lock across machines: use `state: {cluster, topic}`")
        )
    if file.state is not None and file.state.cluster and file.state.cluster not in (file.clusters or {}):
        finding = codes.UNKNOWN_CLUSTER.at(
            place.at("state", "cluster").span(), f"no cluster is called `{file.state.cluster}`"
        )
        found.append(
            finding.with_help(
                did_you_mean(file.state.cluster, file.clusters or ()) or "declare it under `clusters`"
            )
        )
    found += [
        codes.NOT_BUILT_YET.at(place.at(key).key_span(), f"`{key}` is not built yet").with_help(
            "leave it out; nothing would keep it"
        )
        for key in ("approvals", "gates")
        if getattr(file, key) is not None
    ]


def _needs(settings: dict[str, Any], place: Place, found: list[Diagnostic]) -> None:
    type_ = settings.get("type")
    missing = [key for key in _FLINK_NEEDS.get(str(type_), ()) if not settings.get(key)]
    found += [
        codes.MISSING_KEY.at(
            place.at("type").span(), f"the key `{key}` of Flink of type `{type_}` is missing"
        ).with_help(f"add `{key}: …`")
        for key in missing
    ]


def _type(
    settings: dict[str, Any] | None,
    place: Place,
    what: str,
    built: tuple[str, ...],
    later: tuple[str, ...],
    found: list[Diagnostic],
) -> None:
    if settings is None:
        return
    type_ = settings.get("type")
    if type_ is None:
        found.append(
            codes.MISSING_KEY.at(place.key_span(), f"the key `type` of {what} is missing").with_help(
                "add `type: " + built[0] + "`"
            )
        )
    elif type_ in later:
        found.append(
            codes.NOT_BUILT_YET.at(
                place.at("type").span(), f"{what} of type `{type_}` is not built yet"
            ).with_help("use " + ", ".join(f"`{t}`" for t in built))
        )
    elif type_ not in built:
        finding = codes.BAD_VALUE.at(place.at("type").span(), f"`{type_}` is no type of {what}")
        found.append(
            finding.with_help(
                did_you_mean(str(type_), built + later) or "use " + ", ".join(f"`{t}`" for t in built)
            )
        )
