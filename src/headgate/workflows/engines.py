"""Engines are found by name: the folder of `providers` that an environment's `engine` names."""

from __future__ import annotations

import importlib
from pathlib import Path

from headgate.ports import StreamEngine
from headgate.workflows.session import Session

EMBEDDED = "embedded"
LIVE = "live"
LOCAL = ".headgate"


def environment_folder(session: Session) -> Path:
    """Where an environment's own files stand on this machine: engine, state, keys."""
    return session.request.root / LOCAL / session.project.environment.name


def open_stream_engine(session: Session, *, read_only: bool, command: str) -> StreamEngine:
    """The engine of the session's environment, opened; EngineBusy where another command keeps writing.

    To read where nothing was ever applied is to read an empty engine. `command` is what others are told meanwhile.
    """
    module = importlib.import_module(f"headgate.providers.{session.project.environment.engine}")
    engine: StreamEngine = module.open_engine(
        environment_folder(session), read_only=read_only, command=command
    )
    return engine


def scratch_engine() -> StreamEngine:
    """An embedded engine in memory, for what is computed beside live systems; nothing is left of it."""
    engine: StreamEngine = importlib.import_module(f"headgate.providers.{EMBEDDED}").open_engine(None)
    return engine
