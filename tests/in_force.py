"""Who sees what of the things that are in force, read from these alone: what plans and applies are judged by.

It knows how brokers, the proxy and jobs behave, and nothing of plans, their order or the graph of permissions. Whether an
interceptor of the proxy is asked for the names that a client reads or for those that are stored is not documented: `either_way`
it counts what protects only where that holds for both, and what opens where it does for one. Columns are told apart by what
is stored: a value that is served under another name is the same value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import expressions as exp

from headgate.graph.permissions.form import CLEAR, DENIED, Form, strictest
from headgate.resources import ResourceId
from headgate.resources.live import (
    ACL,
    GATEWAY,
    GATEWAY_ACCOUNT,
    GATEWAY_ACL,
    GATEWAY_JOB_ACL,
    GATEWAY_MEMBER,
    JOB,
    JOB_ACL,
    TOPIC,
)

Things = Mapping[ResourceId, Mapping[str, Any]]
Cell = tuple[str, str]
"""A topic and a column."""
Seen = dict[tuple[str, str, str], Form]
"""Principal, topic, column as it is stored below it; what somebody sees nothing of is left out."""

ENCRYPTED = Form("encrypted")
_AT_BROKER, _AT_PROXY = (ACL.name, JOB_ACL.name), (GATEWAY_ACL.name, GATEWAY_JOB_ACL.name)


@dataclass(frozen=True, slots=True)
class Topics:
    """What is known of topics that no system tells: the columns of each with their lengths where they are fixed (else 0),
    and which are filled by others."""

    columns: Mapping[str, Mapping[str, int]]
    by_others: frozenset[str]

    def __or__(self, other: Topics) -> Topics:
        names = {*self.columns, *other.columns}
        both = {n: {**self.columns.get(n, {}), **other.columns.get(n, {})} for n in names}
        return Topics(both, self.by_others | other.by_others)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is in force, and in which form the columns of records were written until then, the clearest of each.

    What is `old` was written clear before anything began: a plan that encrypts it from now on says that it stays so. Of it
    the form of the next record counts.
    """

    topics: Topics
    things: Things
    old: frozenset[Cell]
    written: Mapping[Cell, Form] = field(default_factory=dict)
    either_way: bool = True

    def after(self, things: Things) -> Moment:
        """The moment at which these things are in force."""
        written = {cell: form for cell, form in self.written.items() if self._is_there(cell[0], things)}
        for cell, form in _writing(things, self.topics):
            written[cell] = _clearest(written.get(cell, DENIED), form)
        return replace(self, things=things, written=written)

    def _is_there(self, topic: str, things: Things) -> bool:
        return topic in self.topics.by_others or any(_named(id_) == topic for id_ in things if _is_topic(id_))

    def seen(self) -> Seen:
        """What everybody sees of everything that somebody let him read."""
        found: Seen = {}
        for who, topic in sorted(_granted(self.things, _AT_BROKER)):
            for column, form in self._stored(topic).items():
                _add(found, (who, topic, column), form)
        for who, topic in sorted(_granted(self.things, _AT_PROXY)):
            for column, form in self._served(who, topic):
                _add(found, (who, topic, column), form)
        return found

    def _stored(self, topic: str) -> dict[str, Form]:
        """The columns of the records of a topic, in the form they are stored in."""
        found = {column: form for (name, column), form in self.written.items() if name == topic}
        if self._is_there(topic, self.things):
            for name, column in self.old:
                if name == topic:
                    found[column] = ENCRYPTED if column in _encrypted(self.things, topic) else CLEAR
        return found

    def _served(self, who: str, topic: str) -> Iterator[tuple[str, Form]]:
        """The columns that the proxy serves somebody under a name: a virtual topic's, and those of a topic of that name."""
        mine = list(_interceptors_of(self.things, who))
        stored = self._stored(topic)
        for column, form in stored.items():
            yield column, self._shown(mine, (topic,), topic, (column,), form)
        for spec in _of_plugin(_specs(self.things), "VirtualSqlTopicPlugin"):
            if spec["config"]["virtualTopic"] == topic:
                base, projections = statement(spec["config"]["statement"])
                stored = self._stored(base)
                for name, column in projections or tuple((c, c) for c in stored):
                    if column in stored:
                        columns = (column, name) if self.either_way else (column,)
                        names = (topic, base) if self.either_way else (base,)
                        yield column, self._shown(mine, names, base, columns, stored[column])

    def _shown(
        self,
        mine: Iterable[Mapping[str, Any]],
        names: tuple[str, ...],
        base: str,
        columns: tuple[str, ...],
        stored: Form,
    ) -> Form:
        """A stored column after all of a reader's interceptors; `columns` are the names it goes by, `names` the topic's."""
        mine = list(mine)
        form = stored
        for spec in _of_plugin(mine, "DecryptPlugin"):
            opened = set(columns) & set(spec["config"]["recordValueFields"])
            if opened and any(re.fullmatch(spec["config"]["topic"], name) for name in names):
                form = CLEAR
        length = self.topics.columns.get(base, {}).get(columns[0], 0)
        masks = [form]
        for spec in _of_plugin(mine, "FieldLevelDataMaskingPlugin"):
            if all(re.fullmatch(spec["config"]["topic"], name) for name in names):
                rules = {p["fields"][0]: p["rule"] for p in spec["config"]["policies"]}
                if set(columns) <= rules.keys():
                    masks.append(_masked(rules[columns[0]], length))
        return strictest(masks)


def first(before: Topics, after: Topics, things: Things) -> Moment:
    """The moment before an apply: what topics are there are full, of records as they are written now.

    Those that others fill are there whether they were declared or not.
    """
    topics = before | after
    there = Moment(topics, things, frozenset())
    full = {name for name in topics.columns if there._is_there(name, things)}
    cells = [
        (name, column)
        for name in full
        for column in (topics if name in topics.by_others else before).columns.get(name, ())
    ]
    old = frozenset(cell for cell in cells if cell[1] not in _encrypted(things, cell[0]))
    return Moment(topics, things, old, {cell: ENCRYPTED for cell in cells if cell not in old})


def _add(found: Seen, key: tuple[str, str, str], form: Form) -> None:
    form = _clearest(found.get(key, DENIED), form)
    if form != DENIED:
        found[key] = form


def _clearest(one: Form, other: Form) -> Form:
    return max(one, other, key=lambda form: form.looseness)


def _masked(rule: Mapping[str, Any], length: int) -> Form:
    """What a rule of the Gateway leaves (Conduktor docs, "Data masking")."""
    kept = length - int(rule.get("numberOfChars", length))
    match rule["type"]:
        case "MASK_FIRST_N":
            return Form("partial", keep_last=kept)
        case "MASK_LAST_N":
            return Form("partial", keep_first=kept)
    return Form("redact")


def _is_topic(id_: ResourceId) -> bool:
    return id_.kind == TOPIC.name


def _named(id_: ResourceId) -> str:
    return id_.name.partition("/")[2]


def _granted(things: Things, kinds: tuple[str, ...], operation: str = "READ") -> set[tuple[str, str]]:
    """Who may read which topic."""
    return {
        (fields["principal"], fields["name"])
        for id_, fields in things.items()
        if id_.kind in kinds and fields["resource_type"] == "topic" and fields["operation"] == operation
    }


def _specs(things: Things) -> Iterator[Mapping[str, Any]]:
    for id_, fields in things.items():
        if id_.kind == GATEWAY.name:
            yield fields["spec"]


def _of_plugin(specs: Iterable[Mapping[str, Any]], plugin: str) -> Iterator[Mapping[str, Any]]:
    return (spec for spec in specs if spec["pluginClass"].endswith("." + plugin))


def _interceptors_of(things: Things, who: str) -> Iterator[Mapping[str, Any]]:
    """The interceptors that somebody's requests go through: those for everybody, and for the groups he is in."""
    accounts = {
        fields["metadata"]["name"]
        for id_, fields in things.items()
        if id_.kind == GATEWAY_ACCOUNT.name and who.removeprefix("User:") in fields["spec"]["externalNames"]
    }
    groups = {
        fields["group"]
        for id_, fields in things.items()
        if id_.kind == GATEWAY_MEMBER.name and fields["account"] in accounts
    }
    for id_, fields in things.items():
        if id_.kind == GATEWAY.name:
            scope = fields["metadata"].get("scope", {}).get("group")
            if scope is None or scope in groups:
                yield fields["spec"]


def _encrypted(things: Things, topic: str) -> set[str]:
    """The columns that the proxy encrypts when a topic is written through it."""
    return {
        entry["fieldName"]
        for spec in _of_plugin(_specs(things), "EncryptPlugin")
        if re.fullmatch(spec["config"]["topic"], topic)
        for entry in spec["config"]["recordValue"]["fields"]
    }


def _writing(things: Things, topics: Topics) -> Iterator[tuple[Cell, Form]]:
    """What is being written, in which form: by jobs, and by those who may; a job's own right alone writes nothing."""
    for _, topic in _granted(things, (ACL.name,), "WRITE"):
        yield from (((topic, column), CLEAR) for column in topics.columns.get(topic, ()))
    for _, topic in _granted(things, (GATEWAY_ACL.name,), "WRITE"):
        yield from _through_proxy(things, topic, topics.columns.get(topic, ()))
    for id_, fields in things.items():
        if id_.kind == JOB.name:
            topic, columns, proxied = _output(fields["sql"])
            if proxied:
                yield from _through_proxy(things, topic, columns)
            else:
                yield from (((topic, column), CLEAR) for column in columns)


def _through_proxy(things: Things, topic: str, columns: Iterable[str]) -> Iterator[tuple[Cell, Form]]:
    encrypted = _encrypted(things, topic)
    for column in columns:
        yield (topic, column), ENCRYPTED if column in encrypted else CLEAR


@lru_cache
def _output(script: str) -> tuple[str, tuple[str, ...], bool]:
    """The topic a job writes, its columns, and whether it does so through the proxy."""
    inserted = re.search(r"INSERT INTO `([^`]+)`", script)
    assert inserted is not None
    table = re.search(
        rf"CREATE TABLE `{re.escape(inserted[1])}` \(\n(.*?)\n\) WITH \(\n(.*?)\n\);", script, re.DOTALL
    )
    assert table is not None
    topic = re.search(r"'topic' = '([^']+)'", table[2])
    assert topic is not None
    columns = re.findall(r"^ {2}`([^`]+)` ", table[1], re.MULTILINE)
    return topic[1], tuple(columns), ".proxy.bootstrap_servers" in table[2]


@lru_cache
def statement(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The stored topic of a SQL topic's statement, and its columns with the stored ones they show; () for all as they are.

    A computed one shows each that it reads.
    """
    query = sqlglot.parse_one(re.sub(r'FROM "([^"]+)"', r"FROM `\1`", text), read="mysql")
    table = query.find(exp.Table)
    assert isinstance(query, exp.Select) and table is not None
    if any(isinstance(projection, exp.Star) for projection in query.expressions):
        return table.name, ()
    shown = [(p.alias_or_name, column.name) for p in query.expressions for column in p.find_all(exp.Column)]
    return table.name, tuple(dict.fromkeys(shown))
