"""Made-up rows for a stream that brings no sample: plausible, small, and the same for the same seed.

Never the wall clock: event times run from a fixed instant. A key column counts up in an append stream and takes one of a
few values in an upsert stream, so that rows change. Rows out of order stay within the stream's declared delay, so no
row is late.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
import string
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from faker import Faker

from headgate.ports import Feed, GeneratedRows, PermanentFailure
from headgate.providers.embedded.arrival import INSERT, Record
from headgate.providers.embedded.samples import computed_names
from headgate.schema.types import DataType, parse_type
from headgate.schema.values import Misfit, read_value

START = dt.datetime(2026, 1, 1)
# Rows of upsert streams (customers, rates) begin before the events that look them up.
HEAD_START = dt.timedelta(hours=2)
UPSERT_KEYS = 20
_LIMITS = {"TINYINT": 100, "SMALLINT": 10_000, "INT": 1_000, "BIGINT": 50_000}


def generate(feed: Feed, wanted: GeneratedRows, parents: Mapping[str, Sequence[Any]]) -> list[Record]:
    """`wanted.count` records that fit the stream. `parents` has the values that a column of that name draws from.

    A key that draws takes each of its values once before it takes one again, so there are as many records at least.
    """
    computed = computed_names(feed)
    types = {name: parse_type(text) for name, text in feed.table.columns if name not in computed}
    maker = _Maker(feed, wanted, parents)
    records = []
    least = max((len(values) for name, values in parents.items() if name in feed.table.key), default=0)
    for row in range(max(wanted.count, least)):
        values = {
            name: maker.value(name, type_, row) for name, type_ in types.items() if name not in feed.metadata
        }
        # An event time that shows the record's own time is settled by that.
        stamp = maker.event_time(row) if feed.table.event_time in feed.metadata else None
        records.append(Record(values, stamp, INSERT, 0, row))
    return records


class _Maker:
    def __init__(self, feed: Feed, wanted: GeneratedRows, parents: Mapping[str, Sequence[Any]]) -> None:
        self.table = feed.table
        self.wanted = wanted
        self.parents = parents
        self.random = random.Random(wanted.seed)  # noqa: S311 - made-up rows, not secrets
        self.faker = _faker()
        self.faker.seed_instance(wanted.seed)

    def value(self, name: str, type_: DataType, row: int) -> Any:
        hints = self.wanted.columns.get(name, {})
        if type_.nullable and self.random.random() < float(hints.get("null_share", 0)):
            return None
        if name == self.table.event_time and not hints:
            return self.event_time(row)
        made = self.hinted(name, type_, hints, row)
        try:
            return read_value(made, type_)
        except Misfit:
            return _plain(type_, self.random)

    def hinted(self, name: str, type_: DataType, hints: Mapping[str, Any], row: int) -> Any:
        if hints.get("choices"):
            return self.random.choice(list(hints["choices"]))
        if "faker" in hints:
            return self.faked(str(hints["faker"]))
        if "pattern" in hints:
            return _of_pattern(str(hints["pattern"]), self.random)
        if "min" in hints or "max" in hints:
            return _between(type_, hints.get("min"), hints.get("max"), self.random)
        if self.parents.get(name):
            values = self.parents[name]
            return values[row % len(values)] if name in self.table.key else self.random.choice(values)
        if name in self.table.key:
            return self.key(name, type_, row)
        return self.likely(name, type_, row)

    def faked(self, provider: str) -> Any:
        """A value of one of Faker's providers."""
        make = None if provider.startswith("_") else getattr(self.faker, provider, None)
        if not callable(make):
            raise PermanentFailure(f"{self.table.relation}: Faker has nothing called `{provider}`")
        return make()

    def event_time(self, row: int) -> dt.datetime:
        step = dt.timedelta(milliseconds=self.wanted.interval_ms)
        start = START - HEAD_START if self.table.mode == "upsert" else START
        wobble = self.random.randrange(self.table.delay_ms + 1) if self.random.random() < 0.2 else 0
        return start + row * step - dt.timedelta(milliseconds=wobble)

    def key(self, name: str, type_: DataType, row: int) -> Any:
        number = row % UPSERT_KEYS + 1 if self.table.mode == "upsert" else row + 1
        if type_.is_text:
            stem = re.sub(r"_?(id|key|code|number)$", "", name) or name
            return f"{stem}-{number:04d}"
        return number if type_.is_numeric else self.likely(name, type_, row)

    def likely(self, name: str, type_: DataType, row: int) -> Any:
        """A value of the kind that a column of that name usually holds."""
        if type_.is_text:
            return _text_like(name, self.faker, self.random)
        match type_.name:
            case "DOUBLE" | "FLOAT" | "DECIMAL":
                share = re.search(r"score|ratio|share|probab|percent|confidence", name)
                top = (
                    1
                    if share
                    else min(1000, 10 ** (type_.precision - type_.scale) - 1 if type_.precision else 1000)
                )
                scale = type_.scale if type_.name == "DECIMAL" else 3 if share else 2
                return round(self.random.random() * top, scale)
            case "TIMESTAMP" | "TIMESTAMP_LTZ":
                return START + dt.timedelta(milliseconds=self.wanted.interval_ms * row)
        return _plain(type_, self.random)


@lru_cache(maxsize=1)
def _faker() -> Faker:
    return Faker("en_US")


_WORDS: tuple[tuple[str, str], ...] = (
    (r"card.?(number|no)|pan$", "credit_card_number"), (r"iban", "iban"), (r"e?mail", "email"),
    (r"phone|mobile", "phone_number"), (r"first.?name", "first_name"), (r"last.?name|surname", "last_name"),
    (r"company|merchant|vendor", "company"), (r"country", "country_code"), (r"currency", "currency_code"),
    (r"city|town", "city"), (r"street|address", "street_address"), (r"post.?code|zip", "postcode"),
    (r"ip(_|$)|ip_address", "ipv4"), (r"url|link", "url"), (r"user.?agent", "user_agent"), (r"user.?name", "user_name"),
    (r"name", "name"), (r"uuid|guid", "uuid4"), (r"descr|comment|note|message|text", "sentence"),
)  # fmt: skip


def _text_like(name: str, faker: Faker, chance: random.Random) -> str:
    lowered = name.lower()
    for pattern, provider in _WORDS:
        if re.search(pattern, lowered):
            return str(getattr(faker, provider)())
    if re.search(r"(^|_)(id|key|ref|code)$", lowered):
        stem = re.sub(r"_?(id|key|ref|code)$", "", name) or name
        return f"{stem}-{chance.randint(1, UPSERT_KEYS):04d}"
    return str(faker.word())


def _plain(type_: DataType, chance: random.Random) -> Any:
    match type_.name:
        case "BOOLEAN":
            return chance.random() < 0.5
        case "TINYINT" | "SMALLINT" | "INT" | "BIGINT":
            return chance.randint(1, _LIMITS[type_.name])
        case "FLOAT" | "DOUBLE":
            return round(chance.random() * 1000, 2)
        case "DECIMAL":
            return Decimal(chance.randint(0, 10**type_.precision - 1)).scaleb(-type_.scale)
        case "DATE":
            return START.date() + dt.timedelta(days=chance.randrange(365))
        case "TIME":
            return dt.time(chance.randrange(24), chance.randrange(60), chance.randrange(60))
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return START + dt.timedelta(seconds=chance.randrange(86_400))
        case "BYTES" | "BINARY":
            return base64.b64encode(chance.randbytes(8)).decode()
        case "STRING" | "CHAR":
            text = "".join(chance.choices(string.ascii_lowercase, k=8))
            return text[: type_.length] if type_.length else text
        case "ARRAY":
            return (
                [_plain(type_.element, chance) for _ in range(chance.randint(0, 3))] if type_.element else []
            )
        case "MAP" if type_.key is not None and type_.element is not None:
            return {_plain(type_.key, chance): _plain(type_.element, chance)}
        case "ROW":
            return {f.name: _plain(f.type, chance) for f in type_.fields}
    return None


def _between(type_: DataType, low: Any, high: Any, chance: random.Random) -> Any:
    if type_.is_timestamp or type_.name == "DATE":
        first = read_value(low, type_) if low is not None else _as_type(START, type_)
        last = read_value(high, type_) if high is not None else _as_type(START + dt.timedelta(days=1), type_)
        return first + chance.random() * (last - first)
    bottom = 0 if low is None else low
    top = float(bottom) + 1000 if high is None else high
    if type_.is_integer:
        return chance.randint(int(bottom), max(int(bottom), int(top)))
    number = chance.uniform(float(bottom), float(top))
    return round(number, type_.scale) if type_.name == "DECIMAL" else round(number, 4)


def _as_type(moment: dt.datetime, type_: DataType) -> Any:
    return moment.date() if type_.name == "DATE" else moment


_PIECE = re.compile(r"(\\d|\\w|\[[^\]]+\]|\\?.)(?:\{(\d+)(?:,(\d+))?\}|([+*?]))?")


def _of_pattern(pattern: str, chance: random.Random) -> str:
    """Text that matches a simple pattern: characters, classes in brackets, \\d and \\w, each with a count.

    >>> _of_pattern("^AB-[0-9]{4}$", random.Random(1))
    'AB-6317'
    """
    out = []
    for piece, least, most, sign in _PIECE.findall(pattern.removeprefix("^").removesuffix("$")):
        low = int(least) if least else {"+": 1, "*": 0, "?": 0}.get(sign, 1)
        high = int(most) if most else low if least else {"+": 5, "*": 5, "?": 1}.get(sign, 1)
        letters = _letters(piece)
        out.append("".join(chance.choice(letters) for _ in range(chance.randint(low, max(low, high)))))
    return "".join(out)


def _letters(piece: str) -> str:
    if piece == r"\d":
        return string.digits
    if piece in (r"\w", "."):
        return string.ascii_lowercase
    if not piece.startswith("["):
        return piece.removeprefix("\\")
    inside = re.sub(r"\\d", "0-9", re.sub(r"\\w", "a-z0-9", piece[1:-1]))
    letters = ""
    for first, last in re.findall(r"(.)(?:-(.))?", inside):
        letters += "".join(map(chr, range(ord(first), ord(last) + 1))) if last else first
    return letters or "x"
