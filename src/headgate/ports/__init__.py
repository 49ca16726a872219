"""Promises only: what a provider, an engine, a state store, a clock and a secret source do."""

from headgate.ports._model import (
    Action,
    Change,
    Clock,
    ColumnForm,
    Engine,
    EngineInput,
    EngineQuery,
    EngineResult,
    FeedResult,
    LateRow,
    Observed,
    PermanentFailure,
    Provider,
    SecretSource,
    StateStore,
    TemporaryFailure,
)

__all__ = [
    "Action",
    "Change",
    "Clock",
    "ColumnForm",
    "Engine",
    "EngineInput",
    "EngineQuery",
    "EngineResult",
    "FeedResult",
    "LateRow",
    "Observed",
    "PermanentFailure",
    "Provider",
    "SecretSource",
    "StateStore",
    "TemporaryFailure",
]
