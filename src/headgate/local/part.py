"""What a part of the stack is: a program with its ports and files, and how to tell that it does its work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate.local.settings import Layout, Settings

_LIGHT = (
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CICompilerCount=1", "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true",
)  # fmt: skip
LOG4J = "log4j2.properties"
_LOG4J_TEXT = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
logger.cfg.name=org.apache.kafka.common.config
logger.cfg.level=warn
"""


@dataclass(frozen=True, slots=True)
class Start:
    """What a command line is made of."""

    java: str
    artifacts: Path
    settings: Settings
    layout: Layout

    def jvm(self, part: str, *options: str, heap: str = "256m") -> list[str]:
        """The beginning of a Java process's command line: light, and marked as ours."""
        return [
            self.java,
            f"-D{self.layout.mark(part)}",
            *_LIGHT,
            "-Xms64m",
            f"-Xmx{heap}",
            f"-Dlog4j2.configurationFile={self.layout.conf / LOG4J}",
            *options,
        ]


Files = Mapping[Path, str]


def nothing(start: Start) -> None:
    """Nothing is to be made ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A program of the stack.

    `ports` are the names of those it listens at, `url` says where people and clients reach it, "" where they do not.
    `after` names the parts that must answer before it is started, `asking` is the signal that asks it to end. `answers` says whether it does what it is for; `ready`
    makes its data fit before it starts, and changes nothing of what is fit already.
    """

    name: str
    ports: tuple[str, ...]
    command: Callable[[Start], list[str]]
    answers: Callable[[Settings], bool]
    url: Callable[[Settings], str]
    files: Callable[[Start], Files]
    after: tuple[str, ...] = ()
    ready: Callable[[Start], None] = nothing
    environ: Callable[[Start], Mapping[str, str]] = lambda start: {}
    asking: signal.Signals = signal.SIGTERM


def common_files(start: Start) -> Files:
    """What every Java part reads."""
    return {start.layout.conf / LOG4J: _LOG4J_TEXT}


def properties(lines: Mapping[str, str]) -> str:
    """Java's properties, a line each."""
    return "".join(f"{key}={value}\n" for key, value in lines.items())
