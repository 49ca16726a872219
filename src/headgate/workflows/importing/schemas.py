"""What the registry tells of a topic: its format, its columns, its key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from headgate.ports import LiveSubject
from headgate.schema import avro_reading, json_reading
from headgate.schema.seen import NoColumns, SeenColumn, SeenColumns
from headgate.workflows.importing.spelling import flow, is_template, one_line, scalar

AVRO, JSON, PROTOBUF = "AVRO", "JSON", "PROTOBUF"
_FORMATS = {AVRO: "avro", JSON: "json"}


@dataclass(frozen=True, slots=True)
class Subjects:
    """The subjects of all registries, by cluster and name."""

    known: Mapping[tuple[str, str], LiveSubject] = field(default_factory=dict)

    def of(self, cluster: str, name: str) -> LiveSubject | None:
        """A subject; None where there is none of that name."""
        return self.known.get((cluster, name))

    def by_record(self, topics: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
        """The subjects named for a topic and a record, as `TopicRecordNameStrategy` does, by the topic."""
        found: dict[tuple[str, str], list[str]] = {}
        for cluster, name in sorted(self.known):
            *parts, last = name.split("-")
            starts = ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]
            topic = next((start for start in starts if (cluster, start) in topics), None)
            if topic is not None and last not in ("key", "value"):
                found.setdefault((cluster, topic), []).append(name)
        return found

    def columns(self, subject: LiveSubject) -> SeenColumns:
        """The columns that its newest schema has. NoColumns where it has none, or is not understood."""
        if subject.type == AVRO:
            return avro_reading.columns_of(
                subject.schema, [one for _, one in self._references(subject, set())]
            )
        if subject.type == JSON:
            return json_reading.columns_of(subject.schema, dict(self._references(subject, set())))
        raise NoColumns("its schema is Protobuf, which is not read yet")

    def _references(self, subject: LiveSubject, met: set[str]) -> Iterator[tuple[str, object]]:
        """The schemas that one refers to, and those that they refer to, each by the name it is referred to by."""
        for reference in subject.references:
            name = str(reference.get("subject", ""))
            other = self.known.get((subject.cluster, name))
            if other is not None and name not in met:
                met.add(name)
                yield str(reference.get("name", name)), other.schema
                yield from self._references(other, met)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a topic's records: keys of a declaration, and its `columns` with comments."""

    format: str = ""
    key: tuple[str, ...] = ()
    key_format: str = ""
    columns: tuple[SeenColumn, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()


def shape_of(cluster: str, topic: str, subjects: Subjects, by_record: Sequence[str] = ()) -> Shape:
    """What the subjects `<topic>-value` and `<topic>-key` tell of a topic; without them, that others are named for its records."""
    subject = subjects.of(cluster, f"{topic}-value")
    if subject is None and by_record:
        names = ", ".join(by_record)
        return Shape(
            remarks=(
                f"format and columns: registered by record rather than by topic, so that none is for all: {names}",
            )
        )
    if subject is None:
        return Shape(remarks=("format and columns: no schema is registered; `json` is only the default",))
    format_ = _FORMATS.get(subject.type, "")
    try:
        seen = subjects.columns(subject)
    except NoColumns as why:
        return Shape(format_, remarks=(f"columns: {subject.name} has none to read: {why}",))
    readable = tuple(column for column in seen.columns if not is_template(column.name))
    left_out = [(c.name, "a name that would be a template") for c in seen.columns if c not in readable]
    shape = Shape(format_, columns=readable, left_out=(*seen.left_out, *left_out))
    return _keyed(shape, subjects.of(cluster, f"{topic}-key"), subjects)


def _keyed(shape: Shape, subject: LiveSubject | None, subjects: Subjects) -> Shape:
    """The shape with its key, where the key's schema has columns that the value has too."""
    if subject is None:
        return shape
    types = {column.name: column.type.as_nullable() for column in shape.columns}
    try:
        seen = subjects.columns(subject)
    except NoColumns as why:
        return _remarked(shape, f"key: {subject.name} says that {why}")
    names = [column.name for column in seen.columns]
    if seen.left_out or any(types.get(c.name) != c.type.as_nullable() for c in seen.columns):
        shown = ", ".join([*names, *(name for name, _ in seen.left_out)])
        return _remarked(shape, f"key: {subject.name} has {shown}; not all of it is in the value as well")
    return Shape(
        shape.format, tuple(names), _FORMATS[subject.type], shape.columns, shape.left_out, shape.remarks
    )


def _remarked(shape: Shape, remark: str) -> Shape:
    return Shape(shape.format, (), "", shape.columns, shape.left_out, (*shape.remarks, remark))


def column_lines(shape: Shape, *, classification: str = "") -> Iterator[str]:
    """The `columns` of a declaration; what could not be read stands there as a comment."""
    if not shape.columns and not shape.left_out:
        return
    if shape.columns:
        yield "columns:"
    for column in shape.columns:
        said: dict[str, object] = {"name": column.name, "data_type": spelt(column)}
        if not column.type.nullable:
            said["constraints"] = ["not_null"]
        if classification:
            said["classification"] = classification
        doc = one_line(column.doc)
        if doc and not is_template(doc):
            said["description"] = doc
        remark = f"  # {one_line(column.remark)}" if column.remark else ""
        yield f"  - {flow(said)}{remark}"
    for name, why in shape.left_out:
        yield f"  # left out: {scalar(one_line(name))}, {one_line(why)}"


def spelt(column: SeenColumn) -> str:
    """A column's type as declarations have it: in lower case where no field's name is in it."""
    text = column.type.text
    return text if "ROW<" in text else text.lower()
