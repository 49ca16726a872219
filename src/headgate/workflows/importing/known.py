"""What a project declares already: whose it is, and the names that things had at an earlier import."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from headgate.compile.handed_over import is_elsewhere
from headgate.project.declarations import Exposure, Materialization, Project, Role, Stream
from headgate.workflows.importing.declared import Ref


@dataclass(frozen=True, slots=True)
class Known:
    """Names by what they name: a topic by (cluster, topic), a role or exposure by principal, an exposure by group, a sink by
    (cluster, connect, connector).

    `ours` are from files that an import may write anew, `theirs` from all others: those are declared, and stay as they are.
    `bare` are sources of theirs that say no columns themselves. `refs` are all that stand in files of ours.
    """

    ours: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    theirs: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    bare: Mapping[tuple[str, str], str] = field(default_factory=dict)
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refs: frozenset[Ref] = frozenset()
    groups: frozenset[str] = frozenset()
    """The consumer groups of the project's own jobs and connectors."""
    models: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """How topics that are models are referred to."""
    made: frozenset[tuple[str, str]] = frozenset()
    """The topics that jobs of the project write."""

    def kept(self, kind: str) -> dict[tuple[str, ...], str]:
        """The names that things of a kind have in files of ours, by the rest of their keys."""
        return {key[1:]: name for key, name in self.ours.items() if key[0] == kind}

    def their(self, kind: str) -> dict[tuple[str, ...], str]:
        """The names that things of a kind have in everybody else's files."""
        return {key[1:]: name for key, name in self.theirs.items() if key[0] == kind}


def known_in(project: Project, owned: Collection[str]) -> Known:
    """What a project declares; `owned` are the files that are ours."""
    ours: dict[tuple[str, ...], str] = {}
    theirs: dict[tuple[str, ...], str] = {}
    bare: dict[tuple[str, str], str] = {}
    taken: dict[str, set[str]] = {"streams": set(), "roles": set(), "exposures": set()}
    refs: set[Ref] = set()
    groups: set[str] = set()
    models: dict[tuple[str, str], str] = {}
    made: set[tuple[str, str]] = set()
    things: list[tuple[str, Stream | Role | Exposure]] = [
        *(("streams", one) for one in project.streams.values()),
        *(("roles", one) for one in project.roles.values()),
        *(("exposures", one) for one in project.exposures.values()),
    ]
    for list_, thing in things:
        is_ours = thing.place.document.file in owned
        for key in _keys(thing, project):
            (ours if is_ours else theirs).setdefault(key, thing.name)
        if isinstance(thing, Stream):
            groups |= set(_groups(thing, project))
            models |= _models(thing, project)
            made |= {
                topic for topic in _models(thing, project) if thing.materialized is not Materialization.TOPIC
            }
        if is_ours:
            refs.add(Ref(_list_of(list_, thing), thing.name))
            continue
        taken[list_].add(thing.name)
        if isinstance(thing, Stream) and thing.materialized is Materialization.SOURCE:
            contracted = {column.place.document.file for column in thing.columns}
            if contracted <= set(owned):
                bare[thing.cluster, thing.topic] = thing.name
            if contracted and contracted <= set(owned):
                refs.add(Ref("models", thing.name))
    return Known(
        ours=ours,
        theirs=theirs,
        bare=bare,
        taken={name: frozenset(some) for name, some in taken.items()},
        refs=frozenset(refs),
        groups=frozenset(groups),
        models=models,
        made=frozenset(made),
    )


def _models(stream: Stream, project: Project) -> dict[tuple[str, str], str]:
    """The topic of a model, and how the model is referred to; nothing of a source, or of what has no topic."""
    if stream.materialized in (Materialization.SOURCE, Materialization.SINK, Materialization.EPHEMERAL):
        return {}
    version = f", v={stream.version}" if stream.version else ""
    return {(stream.cluster, project.environment.prefix + stream.topic): f'ref("{stream.name}"{version})'}


def _groups(stream: Stream, project: Project) -> Iterator[str]:
    version = f".v{stream.version}" if stream.version else ""
    if stream.sink is not None:
        yield f"connect-{_connector(stream, project)}"
    yield f"{project.environment.prefix}{project.name}.{stream.name}{version}"


def _connector(stream: Stream, project: Project) -> str:
    assert stream.sink is not None
    prefix = "" if is_elsewhere(stream) else project.environment.prefix
    return prefix + (stream.sink.connector or f"{project.name}.{stream.name}")


def _list_of(list_: str, thing: Stream | Role | Exposure) -> str:
    if not isinstance(thing, Stream):
        return list_
    return "sources" if thing.materialized is Materialization.SOURCE else "models"


def _keys(thing: Stream | Role | Exposure, project: Project) -> Iterator[tuple[str, ...]]:
    """What a declaration is found by."""
    if isinstance(thing, Role):
        yield from (("role", principal) for principal in thing.principals)
    elif isinstance(thing, Exposure):
        if thing.consumer_group:
            yield "group", thing.consumer_group
        if thing.principal:
            yield "exposure", thing.principal
    elif thing.sink is not None:
        yield "sink", thing.sink.cluster or thing.cluster, thing.sink.connect, _connector(thing, project)
    else:
        prefix = "" if thing.materialized is Materialization.SOURCE else project.environment.prefix
        yield "topic", thing.cluster, prefix + thing.topic
