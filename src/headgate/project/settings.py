"""`kafka`, `flink` and `freshness` of a stream: numbers checked, durations in milliseconds, limits applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.declarations import FlinkSettings, Freshness, KafkaSettings
from headgate.project.units import DURATION_HELP, milliseconds
from headgate.syntax import Place

_PERIODS = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000, "second": 1000}
WEEK_MS = 604_800_000


def kafka_settings(
    said: keys.Kafka | None, place: Place, limits: keys.Limits | None, found: list[Diagnostic]
) -> KafkaSettings:
    """`kafka:`, with what an environment caps."""
    said = said or keys.Kafka()
    partitions = _count(said.partitions, "partitions", place, found)
    replication = _count(said.replication_factor, "replication_factor", place, found)
    capped: list[str] = []
    if limits is not None and limits.max_partitions is not None and partitions > limits.max_partitions:
        capped.append(f"partitions {partitions} → {limits.max_partitions}")
        partitions = limits.max_partitions
    if (
        limits is not None
        and limits.replication_factor is not None
        and replication > limits.replication_factor
    ):
        capped.append(f"replication_factor {replication} → {limits.replication_factor}")
        replication = limits.replication_factor
    config = {name: _text(value) for name, value in sorted((said.config or {}).items())}
    return KafkaSettings(
        partitions=partitions,
        replication_factor=replication,
        retention_ms=_retention(said.retention, config),
        config=config,
        capped=tuple(capped),
    )


def _retention(said: str | None, config: Mapping[str, str]) -> int | None:
    """What the topic will have: its own `retention.ms` goes before `retention`, and -1 of it is for ever."""
    own = config.get("retention.ms", "")
    if own.lstrip("-").isdecimal():
        return int(own) if int(own) >= 0 else None
    return WEEK_MS if said is None else milliseconds(said) or 0


def flink_settings(said: keys.Flink | None, place: Place, found: list[Diagnostic]) -> FlinkSettings:
    """`flink:`."""
    said = said or keys.Flink()
    return FlinkSettings(
        parallelism=_count(said.parallelism, "parallelism", place, found),
        checkpoint_interval_ms=milliseconds(said.checkpoint_interval or "") or 0,
        state_ttl_ms=milliseconds(said.state_ttl or "") or 0,
        upgrade=said.upgrade or "",
        role=said.role or "",
        purpose=said.purpose or "",
        read_via=said.read_via or "broker",
    )


def freshness(said: keys.Freshness | None, place: Place, found: list[Diagnostic]) -> Freshness | None:
    """`freshness:`, in this format's durations or dbt's."""
    if said is None:
        return None
    return Freshness(
        duration(said.warn_after, place.at("warn_after"), found) or 0,
        duration(said.error_after, place.at("error_after"), found) or 0,
        place,
    )


def duration(said: str | keys.Period | None, place: Place, found: list[Diagnostic]) -> int | None:
    """A duration in milliseconds, said as text or as dbt's count of periods."""
    if said is None:
        return None
    if isinstance(said, str):
        return milliseconds(said)
    unit = _PERIODS.get(said.period.removesuffix("s"))
    if unit is None or said.count < 0:
        found.append(
            codes.BAD_DURATION.at(place.span(), f"`{said.count} {said.period}` is no duration").with_help(
                DURATION_HELP
            )
        )
        return None
    return said.count * unit


def _count(value: int | None, name: str, place: Place, found: list[Diagnostic]) -> int:
    if value is None:
        return 0
    if value < 1:
        found.append(
            codes.BAD_VALUE.at(place.at(name).span(), f"`{name}` is {value}").with_help(
                "write a number from 1 on"
            )
        )
        return 0
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
