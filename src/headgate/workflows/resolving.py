"""Values of the environment that are known only here: its variables, `.env`, and files that hold secrets."""

from __future__ import annotations

from headgate.project.secrets import Resolver, read_dotenv
from headgate.workflows.session import Session


def variables(session: Session) -> dict[str, str]:
    """The variables of `.env`, and over them the process's own."""
    try:
        said = read_dotenv((session.request.root / ".env").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        said = {}
    return {**said, **session.request.environ}


def resolver(session: Session) -> Resolver:
    """What makes values of `env_var`, `secret` and `var`, for the session's environment."""
    root = session.request.root
    return Resolver(
        environment=session.project.environment.name,
        environ=variables(session),
        vars=session.project.vars,
        read_file=lambda name: (root / name).read_text(encoding="utf-8"),
    )
