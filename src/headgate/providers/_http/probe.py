"""Whether a service answers, as whom, and of which version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from headgate.ports import PermanentFailure, Reached, Settings, TemporaryFailure
from headgate.providers._http.service import Service

PROBE_SECONDS = 10.0
T = TypeVar("T")


def told(service: Service, path: str, kind: type[T]) -> T:
    """What a service answers there; PermanentFailure where it is no value of that kind, so not such a service."""
    said = service.get(path)
    if not isinstance(said, kind):
        raise PermanentFailure(f"{service.what} at {service.url} answers, and not as such a service does")
    return said


def reached(
    cluster: str, part: str, settings: Settings, hide: Callable[[str], str], ask: Callable[[Service], str]
) -> Reached:
    """How the service of a part of a cluster is: `ask` asks it something and answers its version, "" where it tells none."""
    url = hide(settings.get("url", ""))
    user = settings.get("username") or ("the bearer of a token" if settings.get("token") else "")
    try:
        service = Service(
            settings,
            f"`{part}` of `{cluster}`",
            hide=hide,
            timeout_s=PROBE_SECONDS,
            patience_s=0,
            unreached_s=0,
        )
    except PermanentFailure as failure:
        return Reached(cluster=cluster, part=part, where=url, answers=False, user=user, why=str(failure))
    about: dict[str, Any] = {"cluster": cluster, "part": part, "where": service.url, "user": user}
    try:
        return Reached(**about, answers=True, version=ask(service))
    except (TemporaryFailure, PermanentFailure) as failure:
        return Reached(**about, answers=False, why=str(failure))
    finally:
        service.close()
