"""The environment a verb acts on, opened: the embedded engine or the live systems, and the state."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from headgate._version import __version__
from headgate.diagnostics import Diagnostic, Severity
from headgate.plan.refusals import ENGINE_BUSY, STATE_UNREADABLE
from headgate.ports import (
    ClusterConnection,
    EngineBusy,
    PermanentFailure,
    StateStore,
    StreamEngine,
    TemporaryFailure,
)
from headgate.project.codes import BAD_VALUE, MISSING_KEY, NOT_BUILT_YET
from headgate.resources import ResourceId
from headgate.state import LoggedState, StateDamaged, StateTooNew, open_state, open_topic_state
from headgate.workflows.check import findings
from headgate.workflows.connections import connect
from headgate.workflows.engines import EMBEDDED, environment_folder, open_stream_engine
from headgate.workflows.refused import Refused, cannot_look, environment_span
from headgate.workflows.results import COULD_NOT_RUN
from headgate.workflows.session import Session, not_loaded, unchosen
from headgate.workflows.systems import LiveSystems, kinds_of

_DEPLOYED_ELSEWHERE = ("kubernetes", "confluent_cloud")
STATE_FILE = "state.jsonl"
STATE_TOPIC = "_headgate_state"


def unfit(session: Session, *, checked: bool = True) -> Refused | None:
    """Why the project cannot be acted on: it cannot be loaded, has errors (unless not `checked`), or nobody said
    in which environment."""
    if session.context is None:
        return Refused(session.diagnostics, not_loaded(session))
    nobody = unchosen(session)
    if nobody:
        return Refused(nobody, COULD_NOT_RUN)
    faults = tuple(_faults(session))
    if faults:
        return Refused(faults)
    found = findings(session) if checked else ()
    return Refused(found) if any(d.severity is Severity.ERROR for d in found) else None


def _faults(session: Session) -> Iterator[Diagnostic]:
    environment = session.project.environment
    if environment.place is not None and environment.engine == EMBEDDED and "topic" in environment.state:
        yield BAD_VALUE.at(
            environment.place.at("state").span(), "the embedded engine has no topic to keep state in"
        ).with_help("leave `state` out: it stands beside the embedded engine")
    for name, cluster in environment.clusters.items():
        type_ = (cluster.flink or {}).get("type")
        if cluster.place is not None and type_ in _DEPLOYED_ELSEWHERE:
            yield NOT_BUILT_YET.at(
                cluster.place.at("flink", "type").span(),
                f"acting on Flink of type `{type_}` is not built yet, and `{name}` has one",
            ).with_help("`headgate compile` writes its jobs in that system's own format: deploy those")


@dataclass(frozen=True, slots=True)
class Acting:
    """An environment that a verb acts on and closes: what holds its things, and what is known to be ours there."""

    engine: StreamEngine | LiveSystems
    state: StateStore

    def close(self) -> None:
        """Nothing is open any more, whatever goes wrong in between."""
        with closing(self.engine):
            self.state.close()


def act_on(session: Session, command: str, *, read_only: bool, checked: bool = True) -> Acting | Refused:
    """The environment, opened; the state is read when nobody else can write any more."""
    refused = unfit(session, checked=checked)
    if refused is not None:
        return refused
    live = session.project.environment.engine != EMBEDDED
    engine = live_systems(session) if live else engine_of(session, command, read_only=read_only)
    if isinstance(engine, Refused):
        return engine
    state = state_of(session)
    if isinstance(state, Refused):
        engine.close()
        return state
    return Acting(engine, state)


def live_systems(session: Session) -> LiveSystems | Refused:
    """The systems of a live environment; nothing is reached before it is asked for something."""
    connections = connect(session)
    return connections if isinstance(connections, Refused) else LiveSystems(kinds_of(session), connections)


def engine_of(session: Session, command: str, *, read_only: bool) -> StreamEngine | Refused:
    """The environment's engine. While it is open for writing nobody else writes; refused where somebody does."""
    try:
        return open_stream_engine(session, read_only=read_only, command=f"headgate {command}")
    except EngineBusy as busy:
        name = session.project.environment.name
        found = ENGINE_BUSY.at(
            environment_span(session), f"the engine of `{name}` is in use by {busy.holder}"
        )
        return Refused((found.with_help("wait until it has finished, or end it"),), COULD_NOT_RUN)
    except (TemporaryFailure, PermanentFailure) as failure:
        return cannot_look(session, failure)
    except OSError as error:
        why = f"its folder cannot be written: {error.strerror or type(error).__name__}"
        return cannot_look(session, PermanentFailure(why))


def state_of(session: Session) -> LoggedState | Refused:
    """What the project owns in the environment, as last applied: in a file, or on live systems in a topic."""
    try:
        return _state_of(session)
    except StateTooNew as error:
        help_ = f"use headgate {error.needed or 'of a newer version'}"
        return _unreadable(session, error, help_)
    except StateDamaged as error:
        return _unreadable(
            session, error, "restore it from a copy; without it nothing there is known to be ours"
        )
    except (TemporaryFailure, PermanentFailure) as failure:
        return _unreadable(
            session, failure, "`headgate debug` shows which systems answer, and which rights are missing"
        )


def _state_of(session: Session) -> LoggedState | Refused:
    environment, where = session.project.environment, kept_in(session)
    about = {"project": session.project.name, "environment": environment.name, "version": __version__}
    if isinstance(where, Refused):
        return where
    if isinstance(where, Path):
        return open_state(where, **about)
    return open_topic_state(where, state_topic(session), **about, backups=environment_folder(session))


def kept_in(session: Session) -> Path | ClusterConnection | Refused:
    """Where the environment keeps its state, and its audit beside it: a file, or a cluster that has a topic for each."""
    environment, said = session.project.environment, session.project.environment.state
    if "file" in said:
        return session.request.root / str(said["file"])
    if environment.engine == EMBEDDED:
        return environment_folder(session) / STATE_FILE
    name = state_cluster(session)
    if not name:
        found = MISSING_KEY.at(
            environment_span(session),
            f"`{environment.name}` has {len(environment.clusters)} clusters, and does not say which holds the state",
        )
        return Refused((found.with_help("say `state: {cluster: …}`"),), COULD_NOT_RUN)
    connections = connect(session)
    return connections if isinstance(connections, Refused) else connections.clusters[name]


def state_cluster(session: Session) -> str:
    """The cluster that holds the state: the one that is said, else the only one; "" where it is a file, or there are more."""
    environment, said = session.project.environment, session.project.environment.state
    if "file" in said or environment.engine == EMBEDDED:
        return ""
    only = next(iter(environment.clusters)) if len(environment.clusters) == 1 else ""
    return str(said.get("cluster") or only)


def state_topic(session: Session) -> str:
    """The topic that holds the state, where a topic does."""
    return str(session.project.environment.state.get("topic") or STATE_TOPIC)


def unknown_kinds(session: Session, ids: Iterable[ResourceId], kinds: Container[str]) -> Refused | None:
    """That the state has things of kinds that none of the environment's systems holds; None where it has none."""
    unknown = sorted(id_ for id_ in ids if id_.kind not in kinds)
    if not unknown:
        return None
    error = f"it has {unknown[0]}, and nothing in this environment is of the kind `{unknown[0].kind}`"
    return _unreadable(session, error, "use the version of headgate that applied it, and the same systems")


def _unreadable(session: Session, error: Exception | str, help_: str) -> Refused:
    name = session.project.environment.name
    found = STATE_UNREADABLE.at(environment_span(session), f"the state of `{name}` cannot be used: {error}")
    return Refused((found.with_help(help_),), COULD_NOT_RUN)
