"""Promises only: what a provider, an engine, a state store, a clock and a secret source do."""

from headgate.ports._model import (
    Action,
    Change,
    Clock,
    ColumnForm,
    Engine,
    EngineInput,
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
from headgate.ports._streams import (
    EngineBusy,
    Feed,
    GeneratedRows,
    MalformedSample,
    SampleText,
    StreamEngine,
)
from headgate.resources.embedded import EngineQuery, StreamTable

__all__ = [
    "Action",
    "Change",
    "Clock",
    "ColumnForm",
    "Engine",
    "EngineBusy",
    "EngineInput",
    "EngineQuery",
    "EngineResult",
    "Feed",
    "FeedResult",
    "GeneratedRows",
    "LateRow",
    "MalformedSample",
    "Observed",
    "PermanentFailure",
    "Provider",
    "SampleText",
    "SecretSource",
    "StateStore",
    "StreamEngine",
    "StreamTable",
    "TemporaryFailure",
]
