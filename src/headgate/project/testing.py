"""Tests as declared: named ones, those that stand at a column or a stream, and unit tests; dbt's spellings read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.columns import strings
from headgate.project.declarations import Action, Assertion, Given, Reference, Test, UnitTest
from headgate.project.entries import Entry
from headgate.project.names import wrong_kind
from headgate.project.queries import Queries
from headgate.project.references import named_reference, written_reference
from headgate.project.seeds import Seed
from headgate.project.sql_files import SqlText
from headgate.project.units import SHARE_HELP, share
from headgate.syntax import Place

ALIASES = {"accepted_values": "allowed_values", "relationships": "foreign_key", "unique": "unique_key"}
ACTIONS = ("pause_model", "send_alert", "dead_letter", "block_deploy")
_SEVERITIES = ("warn", "error")
_OF_STREAMS = ("sql", "conforms", "freshness", "throughput", "max_latency")
"""Kinds whose parameters name no single column."""


@dataclass(slots=True)
class Tests:
    """Makes tests of what was said."""

    queries: Queries
    files: frozenset[str]
    found: list[Diagnostic]
    made: dict[Address, Test] = field(default_factory=dict)

    def named(self, entry: Entry[keys.Test]) -> None:
        """A test with a name of its own."""
        said, place = entry.said, entry.place
        address = Address(Kind.TEST, said.name)
        if (said.model is None) == (said.source is None):
            if not entry.sound:
                return
            self.found.append(
                codes.BAD_VALUE.at(
                    place.span(),
                    f"`{said.name}` names {'nothing' if said.model is None else 'two streams'} to test",
                ).with_help("say `model:` or `source:`")
            )
            return
        key = "model" if said.model is not None else "source"
        target = self._target(Kind(key), said.model or said.source or "", entry.at(key), str(address))
        failure = said.on_failure or keys.OnFailure()
        at = entry.at("on_failure")
        threshold = share(failure.threshold) if failure.threshold is not None else None
        if failure.threshold is not None and threshold is None:
            finding = codes.BAD_VALUE.at(at.at("threshold").span(), f"`{failure.threshold}` is no share")
            self.found.append(finding.with_help(f"{SHARE_HELP}; a number of records is `count:`"))
        self.made[address] = Test(
            address=address,
            name=said.name,
            target=target,
            type=said.type or "streaming",
            assertions=tuple(self._assertions(said.assertions, entry.at("assertions"), target, address)),
            place=place,
            severity=failure.severity or "error",
            threshold_share=threshold,
            threshold_count=failure.count,
            actions=tuple(self._actions(failure.actions or [], at.at("actions"))),
            tags=strings(said.tags),
        )

    def _target(self, kind: Kind, name: str, place: Place, node: str) -> Reference:
        reference = named_reference(kind, name, place)
        span = place.span()
        names = self.queries.names
        address = names.look_up(reference, span, self.found, node)
        warning = wrong_kind(reference, address, names, span, node) if address else None
        if warning is not None:
            self.found.append(warning)
        return reference

    def _assertions(
        self, said: Sequence[Any], place: Place, target: Reference, own: Address
    ) -> Iterator[Assertion]:
        for index, item in enumerate(said):
            at = place.at(index)
            if isinstance(item, str):
                yield self._assertion(ALIASES.get(item, item), {}, at, target, own)
            elif len(item) != 1:
                finding = codes.BAD_VALUE.at(at.span(), f"one assertion says {len(item)} things")
                self.found.append(finding.with_help("write each assertion as `- kind: {…}`"))
            else:
                ((kind, parameters),) = item.items()
                given = {} if parameters is None else parameters
                yield self._assertion(ALIASES.get(kind, kind), given, at.at(kind), target, own)

    def _assertion(
        self, kind: str, parameters: Any, place: Place, target: Reference, own: Address
    ) -> Assertion:
        """An assertion; a query in it is rendered, and a stream that it names is looked up."""
        if kind == "foreign_key" and isinstance(parameters, dict):
            for key in ("ref_model", "ref_source"):
                if isinstance(parameters.get(key), str):
                    self._target(Kind(key.removeprefix("ref_")), parameters[key], place.at(key), str(own))
        if kind != "sql":
            return Assertion(kind, parameters, place)
        inside = isinstance(parameters, dict)
        text = parameters.get("sql", parameters.get("query")) if inside else parameters
        if not isinstance(text, str):
            return Assertion(kind, parameters, place)
        at = place.at("sql" if "sql" in parameters else "query") if inside else place
        about = self.queries.names.find(target)
        return Assertion(kind, parameters, place, self.queries.query(SqlText(text, at), own, about or own))

    def _actions(self, said: list[dict[str, Any]], place: Place) -> Iterator[Action]:
        for index, item in enumerate(said):
            for kind, value in item.items():
                at = place.at(index, kind)
                if kind not in ACTIONS:
                    finding = codes.BAD_VALUE.at(at.key_span(), f"no action is called `{kind}`")
                    self.found.append(
                        finding.with_help("the actions are " + ", ".join(f"`{a}`" for a in ACTIONS))
                    )
                else:
                    yield Action(kind, value, at)

    def of_stream(self, seed: Seed) -> None:
        """The tests that stand at a stream and at its columns."""
        said, entry = seed.said, seed.entry
        for key in ("tests", "data_tests"):
            if items := getattr(said, key):
                self._list(seed, items, entry.at(key), "")
        for items, place in entry.more_tests:
            self._list(seed, items, place, "")
        for column, place in seed.columns:
            if column.tests:
                self._list(seed, column.tests, place.at("tests"), column.name)
            if column.data_tests:
                self._list(seed, column.data_tests, place.at("data_tests"), column.name)

    def _list(self, seed: Seed, items: list[Any], place: Place, column: str) -> None:
        for index, item in enumerate(items):
            self._inline(seed, item, place.at(index), column)

    def _inline(self, seed: Seed, item: Any, place: Place, column: str) -> None:
        name: Any = ""
        severity: Any = "error"
        parameters: Any
        if isinstance(item, str):
            kind, parameters, at = item, {}, place
        else:
            rest = dict(item)
            name = rest.pop("name", "")
            kind = rest.pop("test_name", "") or next(
                (k for k in rest if k not in ("config", "arguments")), ""
            )
            parameters = rest.pop(kind, None) or {}
            outer = {
                key: rest.pop(key) for key in ("config", "arguments", "description", "meta") if key in rest
            }
            at = place.at(kind) if kind in item else place
            if not kind or rest:
                finding = codes.BAD_VALUE.at(place.span(), "one test says several things or none")
                self.found.append(finding.with_help("write each test as `- kind` or `- kind: {…}`"))
                return
            if isinstance(parameters, dict):
                parameters = {**outer.get("arguments", {}), **parameters}
                inner = parameters.pop("config", None) or outer.get("config") or {}
                name = parameters.pop("name", name)
                severity = parameters.pop(
                    "severity", inner.get("severity", "error") if isinstance(inner, dict) else "error"
                )
                arguments = parameters.pop("arguments", None)
                if isinstance(arguments, dict):
                    parameters.update(arguments)
        severity = self._severity(severity, place)
        target = Reference(seed.address.kind, seed.name, seed.entry.place, version=seed.version)
        kind, parameters = self._translated(kind, parameters, column, at)
        own = (
            name
            if isinstance(name, str) and name
            else "_".join(filter(None, (kind, seed.name, f"v{seed.version}" if seed.version else "", column)))
        )
        address = self._free(Address(Kind.TEST, own))
        self.made[address] = Test(
            address=address,
            name=address.name,
            target=target,
            type="streaming",
            assertions=(self._assertion(kind, parameters, at, target, address),),
            place=place,
            severity=severity,
        )

    def _severity(self, said: Any, place: Place) -> str:
        text = str(said).lower()
        if text in _SEVERITIES:
            return text
        self.found.append(
            codes.BAD_VALUE.at(place.span(), f"`{said}` is no severity").with_help("write `warn` or `error`")
        )
        return "error"

    def _free(self, address: Address) -> Address:
        number = 2
        wanted = address
        while address in self.made:
            address = Address(Kind.TEST, f"{wanted.name}_{number}")
            number += 1
        return address

    def _translated(self, kind: str, parameters: Any, column: str, place: Place) -> tuple[str, Any]:
        """dbt's kinds and parameters as this format's."""
        canonical = ALIASES.get(kind, kind)
        if not isinstance(parameters, dict):
            return canonical, parameters
        parameters = dict(parameters)
        if canonical == "unique_key":
            if column:
                parameters.setdefault("key", column)
            parameters.pop("column_name", None)
        elif column and canonical not in _OF_STREAMS and "columns" not in parameters:
            parameters.setdefault("column", column)
        if canonical == "foreign_key" and "to" in parameters:
            to = written_reference(parameters.pop("to"), place.at("to"), self.found)
            if to is not None:
                parameters["ref_source" if to.kind is Kind.SOURCE else "ref_model"] = (
                    f"{to.project}.{to.name}" if to.project else to.name
                )
            if "field" in parameters:
                parameters["ref_key"] = parameters.pop("field")
        return canonical, parameters

    def unit(self, entry: Entry[keys.UnitTest]) -> UnitTest:
        """A query run on given rows."""
        said, place = entry.said, entry.place
        address = Address(Kind.UNIT_TEST, said.name)
        node = str(address)
        given: list[Given] = []
        for index, item in enumerate(said.given or ()):
            at = entry.at("given", index)
            reference = written_reference(item.input, at.at("input"), self.found)
            if reference is None:
                continue
            self.queries.names.look_up(reference, reference.place.span(), self.found, node)
            given.append(self._rows(item, reference, at))
        model = self._target(Kind.MODEL, said.model, entry.at("model"), node)
        expect: Given | None = None
        late: int | None = None
        if isinstance(said.expect, list):
            expect = self._rows(keys.Rows(rows=said.expect), model, entry.at("expect"))
        elif said.expect is not None:
            late = said.expect.late
            only_late = late is not None and said.expect.rows is None and said.expect.fixture is None
            expect = None if only_late else self._rows(said.expect, model, entry.at("expect"))
        if expect is None and late is None and said.expect_changelog is None and entry.sound:
            finding = codes.MISSING_KEY.at(place.span(), f"the key `expect` of `{said.name}` is missing")
            self.found.append(finding.with_help("say which rows the query must give: `expect: {rows: […]}`"))
        overrides = said.overrides.vars if said.overrides is not None else None
        return UnitTest(
            address=address,
            name=said.name,
            model=model,
            given=tuple(given),
            expect=expect,
            place=place,
            expect_changelog=said.expect_changelog,
            late=late,
            overrides={"vars": overrides} if overrides else {},
        )

    def _rows(self, said: keys.Rows, reference: Reference, place: Place) -> Given:
        name = said.fixture or ""
        fixture = name
        if name:
            near = [name, *(f"tests/fixtures/{name}{end}" for end in ("", ".csv", ".sql"))]
            fixture = next((n for n in near if n in self.files), "")
            if not fixture:
                finding = codes.NO_SUCH_FILE.at(place.at("fixture").span(), f"there is no file `{name}`")
                self.found.append(finding.with_help("write its path from the folder of `headgate.yml`"))
        if (said.rows is None) == (said.fixture is None):
            finding = codes.BAD_VALUE.at(
                place.span(), f"{'no rows are' if said.rows is None else 'rows are twice'} given"
            )
            self.found.append(finding.with_help("say `rows:` or `fixture:`"))
        rows: Any = said.rows
        if isinstance(rows, str) and "{{" in rows:
            about = self.queries.names.find(reference)
            own = about or Address(reference.kind, reference.name)
            rows = self.queries.query(SqlText(rows, place.at("rows")), own).rendered.text
        guessed = "dict" if isinstance(said.rows, list) else "sql" if fixture.endswith(".sql") else "csv"
        return Given(
            input=reference,
            format=said.format or guessed,
            rows=rows,
            fixture=fixture,
            place=place,
        )
