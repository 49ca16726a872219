"""Topics as sources: others write them, so nothing of them is ever made or changed by a project that imports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headgate.ports import LiveTopic
from headgate.workflows.importing.declared import Declared, Part, Ref
from headgate.workflows.importing.schemas import Shape, column_lines
from headgate.workflows.importing.spelling import comment, flow, item, scalar

Topic = tuple[str, str]
"""A cluster, and a topic of it."""

FOLDER = "sources"
MOST_IN_A_FILE = 100
_OTHERS = "other"
_COMPACTED = "compact"


def is_system(topic: str) -> bool:
    """Whether a topic is of a system rather than of people: by custom its name begins with an underscore."""
    return topic.startswith("_")


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read a topic: roles by name; `everybody` where whoever connects may. None of it where nobody could look."""

    roles: tuple[str, ...] = ()
    everybody: bool = False
    all_roles: bool = False
    """Whether every role that is declared may, so that no list is needed to say so."""


def source(
    topic: LiveTopic,
    name: str,
    shape: Shape,
    readers: Readers | None,
    *,
    file: str,
    lowest: str,
    one_cluster: bool,
) -> Declared:
    """The declaration of a topic."""
    lines = list(_lines(topic, name, shape, readers, lowest, one_cluster=one_cluster))
    needs = frozenset(
        Ref("roles", role) for role in (readers.roles if readers and not _open(readers) else ())
    )
    return Declared(Ref("sources", name), tuple(item(lines)), file, frozenset({Part.TOPICS}), needs)


def _open(readers: Readers) -> bool:
    return readers.everybody and readers.all_roles


def _lines(
    topic: LiveTopic, name: str, shape: Shape, readers: Readers | None, lowest: str, *, one_cluster: bool
) -> Iterator[str]:
    yield f"name: {scalar(name)}"
    if topic.name != name:
        yield f"topic: {scalar(topic.name)}"
    if not one_cluster:
        yield f"cluster: {scalar(topic.cluster)}"
    if shape.format:
        yield f"format: {shape.format}"
    if shape.key:
        yield f"key: {scalar(shape.key[0]) if len(shape.key) == 1 else flow(shape.key)}"
        yield f"key_format: {shape.key_format}"
    yield from map(comment, shape.remarks)
    yield from _changelog(topic, shape)
    yield from column_lines(shape, classification=lowest if readers and readers.everybody else "")
    yield from _event_time(shape)
    yield from _security(readers)
    yield f"meta: {flow(_meta(topic))}"


def _changelog(topic: LiveTopic, shape: Shape) -> Iterator[str]:
    if _COMPACTED not in topic.config.get("cleanup.policy", ""):
        return
    if shape.key:
        yield "changelog: upsert"
    else:
        yield comment("changelog: compacted, so `upsert` by a `key` that could not be seen")


def _event_time(shape: Shape) -> Iterator[str]:
    """A guess is no declaration: it stands there for people to take up."""
    times = [c.name for c in shape.columns if c.type.is_timestamp and c.type.precision <= 3]
    if times:
        which = "the only time" if len(times) == 1 else f"one of {len(times)} times"
        yield comment(f"event_time: {{column: {scalar(times[0])}}} would be a guess: {which} it has")


def _security(readers: Readers | None) -> Iterator[str]:
    if readers is None:
        return
    if readers.everybody:
        yield comment(
            "whoever connects may read it: its columns are classed by that; raise them once it is closed"
        )
    if not _open(readers):
        yield "security:"
        yield "  policies:"
        yield f"    - allow: {{roles: {flow(readers.roles)}}}"


def _meta(topic: LiveTopic) -> Mapping[str, object]:
    found: dict[str, object] = {
        "partitions": topic.partitions,
        "replication_factor": topic.replication_factor,
    }
    if topic.config:
        found["config"] = dict(sorted(topic.config.items()))
    return found


def files_of(names: Mapping[Topic, str], *, one_cluster: bool) -> dict[Topic, str]:
    """The file for each topic: those whose names begin with the same words stand together, as many words as it takes for a
    file of no more than `MOST_IN_A_FILE`; those that stand alone are together in the file of the words before."""
    found: dict[Topic, str] = {}
    for cluster in sorted({topic[0] for topic in names}):
        folder = FOLDER if one_cluster else f"{FOLDER}/{cluster}"
        here = [topic for topic in names if topic[0] == cluster]
        found |= {topic: f"{folder}/{stem}" for topic, stem in _stems(here, names, 1)}
    return found


def _stems(topics: Sequence[Topic], names: Mapping[Topic, str], words: int) -> Iterator[tuple[Topic, str]]:
    by_stem: dict[str, list[Topic]] = {}
    for topic in topics:
        by_stem.setdefault("_".join(names[topic].split("_")[:words]), []).append(topic)
    above = "_".join(names[topics[0]].split("_")[: words - 1])
    for stem, some in by_stem.items():
        longer = any(names[topic] != stem for topic in some)
        if len(some) > MOST_IN_A_FILE and longer:
            yield from _stems(some, names, words + 1)
        else:
            alone = len(some) == 1 and len(by_stem) > 1
            yield from ((topic, (above or _OTHERS) if alone else stem) for topic in some)
