"""How to reach a project's stack: where each part answers, and who may log in with which password."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from headgate.local.parts import ADMIN, Layout, urls
from headgate.local.stack import read


@dataclass(frozen=True, slots=True, repr=False)
class LocalStack:
    """Where the parts of a stack answer, "" for one it does not have. It holds passwords, so it does not print."""

    kafka: str
    registry: str
    connect: str
    gateway: str
    jobmanager: str
    warehouse: str
    """The JDBC address of its PostgreSQL."""
    password: str
    user: str = ADMIN

    def password_of(self, user: str) -> str:
        """The password of a user of the stack. It follows from the stack's own, so none is written down."""
        return hmac.new(self.password.encode(), user.encode(), hashlib.sha256).hexdigest()[:32]


def connections(layout: Layout) -> LocalStack | None:
    """The stack that was brought up in a folder; None where none was, or it was wiped."""
    settings = read(layout)
    if settings is None:
        return None
    where = urls(settings)
    parts = ("kafka", "registry", "connect", "gateway", "jobmanager", "warehouse")
    return LocalStack(**{part: where.get(part, "") for part in parts}, password=settings.password)
