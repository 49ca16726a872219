"""Where the rows of streams that others write come from: files of samples, else made-up rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from headgate.compile.embedded_queries import computed_query, stream_table
from headgate.compile.target import World
from headgate.diagnostics import Code, Diagnostic, Severity
from headgate.graph.model import StreamFacts
from headgate.ports import EngineQuery, Feed, GeneratedRows, SampleText
from headgate.project.codes import BAD_VALUE, UNKNOWN_KEY
from headgate.project.declarations import Materialization, Stream
from headgate.project.suggest import did_you_mean, listed
from headgate.workflows.hints import Hints, hints_of

UNREADABLE_SAMPLE = Code("HGD022", "sample-unreadable", Severity.ERROR)

ROWS = 100
KINDS = ("jsonl", "csv")
_RATE = re.compile(r"\s*(\d{1,9})\s*/\s*(ms|second|minute|hour|day)\s*")
_UNITS = {"ms": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_HINTS = ("choices", "min", "max", "pattern", "null_share", "faker")


@dataclass(frozen=True, slots=True)
class Samples:
    """The folder of the project, the folder that was named for this build if any, and what was found wrong."""

    root: Path
    named: Path | None
    found: list[Diagnostic]

    def feeds(self, world: World) -> list[Feed]:
        """What every stream that others write is to hold; those of other projects hold what a sample says alone."""
        texts = {s.relation: self._text(s) for s, _ in fed(world)}
        hints = hints_of(world, frozenset(name for name, text in texts.items() if text is not None))
        feeds = []
        for stream, facts in fed(world):
            text = texts[stream.relation]
            rows = text if text is not None or stream.address.project else self._made_up(world, stream, hints)
            feeds.append(_feed(stream, facts, rows))
        return feeds

    def _text(self, stream: Stream) -> SampleText | None:
        """The stream's sample: of the folder that was named, as declared, or of the project's `samples/`."""
        names = dict.fromkeys((stream.relation, *((stream.name,) if stream.latest else ())))
        files = [self.named / f"{name}.{kind}" for name in names for kind in KINDS] if self.named else []
        declared = stream.sample.rows_file if stream.sample is not None and not stream.address.project else ""
        if declared:
            files.append(self.root / declared)
        elif stream.sample is None or stream.sample.generate is None:
            files += [self.root / "samples" / f"{name}.{kind}" for name in names for kind in KINDS]
        for file in files:
            if file.is_file():
                return self._read(stream, file)
        return None

    def _read(self, stream: Stream, file: Path) -> SampleText | None:
        shown = file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else file.as_posix()
        kind = "csv" if file.suffix == ".csv" else "jsonl"
        try:
            return SampleText(shown, file.read_text(encoding="utf-8-sig"), kind)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            place = stream.place.at("name")
            self.found.append(
                UNREADABLE_SAMPLE.at(
                    place.span(), f"the sample `{shown}` cannot be read: {why}", node=str(stream.address)
                ).with_help("mend the file, or name another with `--samples` or `sample`")
            )
            return None

    def _made_up(self, world: World, stream: Stream, hints: Hints) -> GeneratedRows:
        said = (stream.sample.generate if stream.sample is not None else None) or {}
        columns = {name: dict(known) for name, known in hints.columns.get(stream.relation, {}).items()}
        columns |= self._said_of_columns(stream, said.get("columns") or {})
        seed = said.get("seed")
        return GeneratedRows(
            count=ROWS if said.get("rows") is None else said["rows"],
            seed=_seed(world.project.name, stream.name) if seed is None else seed,
            interval_ms=self._interval(stream, said.get("rate")),
            columns=columns,
            parents=hints.parents.get(stream.relation, {}),
        )

    def _said_of_columns(self, stream: Stream, said: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        out = {}
        for column, known in said.items():
            for key in known:
                if key not in _HINTS and stream.sample is not None:
                    place = stream.sample.place.at("generate", "columns", column, key)
                    self.found.append(
                        UNKNOWN_KEY.at(
                            place.key_span(), f"`{key}` says nothing about made-up values"
                        ).with_help(did_you_mean(key, _HINTS) or f"there are {listed(_HINTS)}")
                    )
            out[column] = dict(known)
        return out

    def _interval(self, stream: Stream, rate: str | None) -> int:
        default = GeneratedRows().interval_ms
        if rate is None or stream.sample is None:
            return default
        match = _RATE.fullmatch(rate)
        if match is None or int(match[1]) == 0:
            place = stream.sample.place.at("generate", "rate")
            self.found.append(
                BAD_VALUE.at(place.span(), f"`{rate}` is no rate of records").with_help(
                    "write a number of records and a unit of time: `50/second`"
                )
            )
            return default
        return max(1, _UNITS[match[2]] // int(match[1]))


def fed(world: World) -> Iterator[tuple[Stream, StreamFacts]]:
    """The streams that others write, with those of other projects that this one reads."""
    foreign = {i for _, facts in world.streams() for i in facts.inputs if i.project}
    for address in sorted(foreign):
        if world.graph.facts[address].known:
            yield world.graph.stream(address), world.graph.facts[address]
    yield from world.streams(Materialization.SOURCE, Materialization.TOPIC)


def _feed(stream: Stream, facts: StreamFacts, rows: SampleText | GeneratedRows | None) -> Feed:
    computed = computed_query(stream)
    return Feed(
        table=stream_table(stream, facts),
        name=stream.name,
        rows=rows,
        metadata={c.name: c.metadata for c in stream.columns if c.metadata},
        computed=computed if isinstance(computed, EngineQuery) else None,
        timestamps=stream.timestamps if stream.format == "json" else "any",
        on_malformed=stream.on_malformed,
    )


def _seed(project: str, source: str) -> int:
    return int.from_bytes(sha256(f"{project}.{source}".encode()).digest()[:8], "big")
