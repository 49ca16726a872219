"""How to reach a project's stack: where each part answers, and who may log in with which password."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.local import urls
from headgate.local.settings import ADMIN, Layout, password_of, read


@dataclass(frozen=True, slots=True, repr=False)
class LocalStack:
    """Where the parts of a stack answer. It holds passwords, so it does not print."""

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
        return password_of(self.password, user)


def connections(layout: Layout) -> LocalStack | None:
    """The stack that was brought up in a folder; None where none was, or it was wiped."""
    settings = read(layout)
    if settings is None:
        return None
    return LocalStack(
        kafka=urls.kafka(settings),
        registry=urls.registry(settings),
        connect=urls.connect(settings),
        gateway=urls.gateway(settings),
        jobmanager=urls.jobmanager(settings),
        warehouse=urls.warehouse(settings),
        password=settings.password,
    )
