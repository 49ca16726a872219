"""The schema registry: Apicurio, spoken to as Confluent's."""

from __future__ import annotations

import httpx

from headgate.local import urls
from headgate.local.part import Part, Start
from headgate.local.probes import answer
from headgate.local.refusal import Refused
from headgate.local.settings import HOST, Layout, Settings


def _command(start: Start) -> list[str]:
    (jar,) = (start.artifacts / "registry").glob("apicurio-registry-app-*-runner.jar")
    return [
        *start.jvm("registry"), f"-Dquarkus.http.host={HOST}",
        f"-Dquarkus.http.port={start.settings.ports['registry']}", "-Dquarkus.log.level=WARN",
        f"-Dquarkus.datasource.jdbc.url=jdbc:h2:file:{start.layout.data / 'registry'}", "-jar", str(jar),
    ]  # fmt: skip


def choose_compatibility(settings: Settings, layout: Layout) -> None:
    """A new registry gets Confluent's default once: Apicurio's own is none at all. What somebody chooses later stays."""
    chosen = layout.data / "registry.chosen"
    if chosen.exists():
        return
    try:
        with httpx.Client(timeout=5, trust_env=False) as client:
            if client.get(f"{urls.registry(settings)}/config").json().get("compatibilityLevel") in (
                None,
                "NONE",
            ):
                said = {"compatibility": "BACKWARD"}
                client.put(f"{urls.registry(settings)}/config", json=said).raise_for_status()
    except (httpx.HTTPError, ValueError) as error:
        raise Refused(f"The registry would not take its compatibility level: {error}") from None
    chosen.touch()


PART = Part(
    name="registry",
    ports=("registry",),
    command=_command,
    answers=lambda settings: answer(f"{urls.registry(settings)}/subjects") is not None,
    url=urls.registry,
    files=lambda start: {},
)
