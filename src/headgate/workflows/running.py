"""Runs the streams of a project on an engine that holds them, and says of each what went in, what came out, what was late."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from headgate.addresses import Address
from headgate.compile.embedded_queries import stream_query, stream_table
from headgate.compile.target import World
from headgate.graph.model import StreamFacts
from headgate.graph.permissions.form import CLEAR, Form
from headgate.observe.keys import KeysUnreadable, LocalKeys
from headgate.observe.rows import formed
from headgate.ports import ColumnForm, EngineResult, FeedResult, PermanentFailure, Seen, StreamEngine
from headgate.project.declarations import Materialization, Stream
from headgate.resources import Resource
from headgate.resources.embedded import SINK, EngineQuery, sink_of
from headgate.workflows.readers import column_forms, forms_of_inputs, late_note, sees_rejected
from headgate.workflows.results import ModelRow

OK, SKIPPED, FAILED, PAUSED = "ok", "skipped", "failed", "paused"


@dataclass(slots=True, kw_only=True)
class Run:
    """A run under way.

    `sinks` are what sinks leave, by their tables. `stopped` are streams that nothing is built on, and why; a stream that
    reads one joins them. `made` grows with every stream that is run.
    """

    world: World
    engine: StreamEngine
    keys: LocalKeys
    sinks: Mapping[str, Resource]
    fed: Mapping[str, FeedResult]
    flush: bool = True
    exact: bool = False
    stopped: dict[Address, str] = field(default_factory=dict)
    made: dict[Address, ModelRow] = field(default_factory=dict)

    def stream(self, address: Address) -> None:
        """Runs one stream, unless it or what it reads was stopped. Ephemeral ones are run by what reads them."""
        facts = self.world.graph.facts[address]
        stream = self.world.graph.stream(address)
        why = self.stopped.get(address) or self._held_back(facts)
        if why:
            self.stop(address, SKIPPED, why)
        elif stream.materialized is not Materialization.EPHEMERAL:
            try:
                self.made[address] = self._made(stream, facts)
            except (PermanentFailure, KeysUnreadable) as failure:
                self.stop(address, FAILED, str(failure))
            else:
                self._judge(address)

    def pass_over(self, address: Address) -> None:
        """A stream that is not to be run: what it holds stands, unless what it reads was stopped."""
        why = self._held_back(self.world.graph.facts[address])
        if why:
            self.stopped.setdefault(address, why)

    def stop(self, address: Address, status: str, why: str) -> None:
        """Nothing is built on the stream, because of `why`."""
        stream = self.world.graph.stream(address)
        self.stopped[address] = why
        before = self.made.get(address) or ModelRow(
            address=str(address), materialized=stream.materialized.value, rows_in=None, rows_out=0
        )
        if stream.materialized is not Materialization.EPHEMERAL:
            self.made[address] = replace(before, status=status, message=why)

    def _held_back(self, facts: StreamFacts) -> str:
        for address in facts.inputs:
            if address in self.stopped:
                return f"reads `{self.world.graph.stream(address).name}`"
        return ""

    def _judge(self, address: Address) -> None:
        row = self.made[address]
        if self.exact and row.approximate:
            self.stop(
                address, FAILED, f"late rows reached {', '.join(row.approximate)}, and --exact was asked for"
            )

    def _made(self, stream: Stream, facts: StreamFacts) -> ModelRow:
        row = ModelRow(
            address=str(stream.address), materialized=stream.materialized.value, rows_in=None, rows_out=0
        )
        if not facts.inputs:
            return self._others(stream, row)
        row = replace(row, rows_in=sum(self._count(address) for address in facts.inputs))
        if stream.sql is not None and not self.world.served_by_proxy(stream):
            row = self._filled(stream, facts, row)
        if stream.materialized is Materialization.SINK:
            return replace(row, rows_out=self._drained(stream, facts))
        return replace(row, rows_out=self._count(stream.address))

    def _others(self, stream: Stream, row: ModelRow) -> ModelRow:
        fed = self.fed.get(stream.relation)
        row = replace(row, rows_out=self._count(stream.address))
        if fed is None:
            return row
        examples = fed.examples if sees_rejected(self.world, stream.address) else ()
        message = "another project's, no rows here" if stream.address.project and not fed.rows else ""
        return replace(
            row, malformed=fed.malformed, generated=fed.generated, examples=examples, message=message
        )

    def _filled(self, stream: Stream, facts: StreamFacts, row: ModelRow) -> ModelRow:
        query = stream_query(self.world, stream, flush=self.flush)
        assert isinstance(query, EngineQuery), "a stream whose query is refused is stopped"
        answer = self.engine.fill(stream_table(stream, facts), query)
        return replace(
            row,
            late=tuple(late_note(one, self._form_of(facts), self.keys) for one in answer.late),
            approximate=answer.approximate,
            open_windows=answer.open_windows,
        )

    def _form_of(self, facts: StreamFacts) -> Callable[[str], Form | None]:
        """The form in which the reader of reports sees columns of the stream's inputs; an owner sees them in clear."""
        environment = self.world.environment
        if not environment.reader_role:
            return lambda _: CLEAR
        role, purpose = environment.reader_role, environment.reader_purpose
        return forms_of_inputs(self.world.permissions, facts.inputs, role, purpose)

    def _drained(self, stream: Stream, facts: StreamFacts) -> int:
        sink = self.sinks[sink_of(stream.relation)]
        return self.engine.drain(
            sink.fields["input"], sink.id.name, tuple(sink.fields["key"]), seen=self._seen(stream, facts)
        )

    def _seen(self, stream: Stream, facts: StreamFacts) -> Seen | None:
        """What a sink's role makes of what the sink reads; None where it reads everything in clear."""
        if stream.sink is None or not stream.sink.role:
            return None
        source = stream.address if stream.sql is not None else facts.inputs[0]
        role, purpose = stream.sink.role, stream.sink.purpose or None
        view = self.world.permissions.view(role, purpose, source)
        if not view.admitted:
            raise PermanentFailure(f"{role}, whom it reads as, may not read it: {view.why.text}")
        forms = column_forms(view)
        return self._giving(str(stream.address), forms) if forms else None

    def _giving(self, name: str, forms: Sequence[ColumnForm]) -> Seen:
        def seen(rows: EngineResult) -> Sequence[tuple[object, ...]]:
            return formed(rows, name, forms, self.keys)

        return seen

    def _count(self, address: Address) -> int:
        """How many rows a stream has; of one that is nowhere, those it is made from."""
        stream = self.world.graph.stream(address)
        if stream.materialized is Materialization.EPHEMERAL:
            return sum(self._count(one) for one in self.world.graph.facts[address].inputs)
        return self.engine.count(stream.relation) or 0


def sinks_of(resources: Sequence[Resource]) -> dict[str, Resource]:
    """What sinks leave, by their tables."""
    return {resource.id.name: resource for resource in resources if resource.id.kind == SINK.name}
