"""Progress of long work on standard error: a bar on a terminal, plain lines elsewhere, nothing for short work."""

from __future__ import annotations

import sys
import time

import click

from headgate.workflows.request import Progress, Silent

PATIENCE_SECONDS = 0.7
WIDTH = 24


def progress_to(quiet: bool) -> Progress:
    """What a request tells its progress to."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Bar:
    """One line that is drawn over; it appears only when work has gone on for a moment."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._drawn = False

    def step(self, title: str, done: int, total: int) -> None:
        """Draws how far the work has come; wipes the line when it is done."""
        if done >= total:
            self.over()
            return
        if time.monotonic() - self._began < PATIENCE_SECONDS:
            return
        self._drawn = True
        filled = round(WIDTH * done / total) if total else 0
        click.echo(
            f"\r\x1b[2K{'█' * filled}{'░' * (WIDTH - filled)} {done}/{total} {title}", nl=False, err=True
        )

    def over(self) -> None:
        """Wipes the line, where one is drawn."""
        if self._drawn:
            self._drawn = False
            click.echo("\r\x1b[2K", nl=False, err=True)


class Lines:
    """A line a stage, for logs, and only of work that has gone on for a moment."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._said = ""

    def step(self, title: str, done: int, total: int) -> None:
        """Says the stage once, unless it is over."""
        if done < total and title != self._said and time.monotonic() - self._began > PATIENCE_SECONDS * 5:
            self._said = title
            click.echo(f"{title} ({done}/{total})", err=True)

    def over(self) -> None:
        """Nothing: a line stays."""
