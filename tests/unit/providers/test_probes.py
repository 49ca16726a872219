"""Whether services over HTTP answer: as such a service does, not at all, or as something else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from headgate.ports import ClusterConnection, Connections, Probes, Reached
from headgate.providers.conduktor.probe import probe as conduktor
from headgate.providers.connect.probe import probe as connect
from headgate.providers.console.probe import probe as console
from headgate.providers.flink.probe import probe as flink
from headgate.providers.schema_registry.probe import probe as registry

PARTS: dict[str, tuple[Probes, Callable[[str], dict[str, Any]], Mapping[str, Any], str]] = {
    "schema_registry": (
        registry,
        lambda url: {"schema_registry": {"url": url, "username": "me", "password": "s3cret"}},
        {"/subjects": [], "/v1/metadata/version": {"version": "8.0"}},
        "8.0",
    ),
    "flink": (flink, lambda url: {"flink": {"url": url}}, {"/info": {"version": "2.1"}}, "2.1"),
    "flink.jobmanager": (
        flink,
        lambda url: {"flink": {"jobmanager_url": url}},
        {"/overview": {"flink-version": "2.1"}},
        "2.1",
    ),
    "connect.main": (
        connect,
        lambda url: {"connect": {"main": {"url": url}}},
        {"/": {"version": "4.3"}},
        "4.3",
    ),
    "console": (
        console,
        lambda url: {"console": {"url": f"{url}/api", "token": "s3cret"}},
        {"/api/public/self-serve/v1/application": []},
        "",
    ),
    "proxy": (conduktor, lambda url: {"proxy": {"url": url}}, {"/gateway/v2/group": []}, ""),
}


@contextmanager
def serving(answers: Mapping[str, Any]) -> Iterator[str]:
    """A service on this machine that answers so, and with a page to whatever else it is asked."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answers.get(self.path)
            body = b"<html>hello</html>" if said is None else json.dumps(said).encode()
            self.send_response(404 if said is None and answers else 200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def probed(part: str, url: str) -> Reached:
    probe, settings, _, _ = PARTS[part]
    cluster = ClusterConnection(name="eu", **settings(url))
    connections = Connections(
        project="shop", environment="prod", clusters={"eu": cluster}, secrets=frozenset({"s3cret"})
    )
    (found,) = probe(connections, "eu", [])
    return found


@pytest.mark.parametrize("part", PARTS)
def test_a_service_that_answers_is_reached_with_its_version(part: str) -> None:
    _, _, answers, version = PARTS[part]
    with serving(answers) as url:
        found = probed(part, url)
    assert (found.part, found.answers, found.version, found.where) == (part, True, version, url)
    assert found.user == {"schema_registry": "me", "console": "the bearer of a token"}.get(part, "")


@pytest.mark.parametrize("part", PARTS)
def test_where_nobody_listens_it_is_said_where_and_why(part: str) -> None:
    found = probed(part, "http://127.0.0.1:9")
    assert not found.answers
    assert f"`{part}` of `eu` at http://127.0.0.1:9 cannot be reached" in found.why


@pytest.mark.parametrize("part", PARTS)
def test_what_is_no_such_service_is_not_taken_for_one(part: str) -> None:
    with serving({}) as url:
        found = probed(part, url)
    assert not found.answers
    assert found.why.endswith("answers, and not as such a service does")


@pytest.mark.parametrize("part", PARTS)
def test_no_secret_is_shown(part: str) -> None:
    assert "s3cret" not in repr(probed(part, "http://me:s3cret@127.0.0.1:9"))


def test_a_registry_that_does_not_tell_its_version_answers_all_the_same() -> None:
    with serving({"/subjects": ["a"]}) as url:
        found = probed("schema_registry", url)
    assert (found.answers, found.version) == (True, "")


@pytest.mark.parametrize("probe", [registry, flink, connect, conduktor])
def test_what_a_cluster_does_not_have_is_not_asked(probe: Probes) -> None:
    connections = Connections(
        project="shop", environment="prod", clusters={"eu": ClusterConnection(name="eu", kafka={})}
    )
    assert probe(connections, "eu", []) == []
