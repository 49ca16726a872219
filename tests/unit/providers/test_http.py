"""The client that providers of HTTP services share."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from headgate.ports import PermanentFailure, TemporaryFailure
from headgate.providers._http import Rejected, Service

Handler = Callable[[httpx.Request], httpx.Response]


class Answering:
    """A transport that gives these answers one after the other, the last for good."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Waiting:
    """Instead of sleeping, what was slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def service(handler: Handler, waiting: Waiting | None = None, /, **settings: str) -> Service:
    return Service(
        {"url": "http://connect:8083/", **settings},
        "Connect",
        hide=lambda text: text.replace("hunter2", "***"),
        patience_s=5 if waiting is not None else 0,
        unreached_s=5 if waiting is not None else 0,
        transport=httpx.MockTransport(handler),
        sleep=waiting or Waiting(),
    )


def test_it_answers_values_texts_and_nothing() -> None:
    answers = Answering(
        httpx.Response(200, json={"a": [1]}), httpx.Response(200, text="fine"), httpx.Response(204)
    )
    asked = service(answers)
    assert [asked.get("/x"), asked.get("/x"), asked.ask("DELETE", "/x")] == [{"a": [1]}, "fine", None]
    assert str(answers.requests[0].url) == "http://connect:8083/x"


def test_what_is_refused_says_why_in_one_line_with_its_status_and_no_secret() -> None:
    asked = service(
        Answering(httpx.Response(422, json={"message": "bad password hunter2.\nat org.apache.x"}))
    )
    with pytest.raises(
        Rejected, match=r"^Connect at http://connect:8083 refuses: bad password \*\*\*$"
    ) as one:
        asked.ask("PUT", "/x", {})
    assert one.value.status == 422


@pytest.mark.parametrize(
    ("status", "says"), [(401, "does not know who asks"), (403, "does not let this user do it")]
)
def test_who_may_not_is_told_so_and_asking_again_changes_nothing(status: int, says: str) -> None:
    answers = Answering(httpx.Response(status))
    with pytest.raises(PermanentFailure, match=says):
        service(answers, Waiting()).get("/x")
    assert len(answers.requests) == 1


def test_what_cannot_be_done_now_is_asked_again_as_late_as_the_service_wants() -> None:
    waiting = Waiting()
    answers = Answering(httpx.Response(503, headers={"retry-after": "7"}), httpx.Response(200, json=1))
    assert service(answers, waiting).get("/x") == 1
    assert waiting.slept == [7]


def test_a_service_that_is_down_is_asked_again_and_then_said_to_be_down() -> None:
    answers = Answering(httpx.ConnectError("Connection refused"), httpx.Response(200, json=1))
    assert service(answers, Waiting()).ask("POST", "/x") == 1
    with pytest.raises(TemporaryFailure, match=r"^Connect at .* cannot be reached \(Connection refused\)$"):
        service(Answering(httpx.ConnectError("Connection refused"))).get("/x")


@pytest.mark.parametrize(
    "answer", [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut"), httpx.Response(502)]
)
def test_a_request_that_may_have_been_carried_out_is_repeated_only_where_that_does_no_harm(
    answer: httpx.Response | Exception,
) -> None:
    put, post = Answering(answer, httpx.Response(200, json=1)), Answering(answer, httpx.Response(200, json=1))
    assert service(put, Waiting()).ask("PUT", "/x") == 1
    with pytest.raises(TemporaryFailure):
        service(post, Waiting()).ask("POST", "/x")
    assert (len(put.requests), len(post.requests)) == (2, 1)


def test_who_asks_is_said_as_the_environment_says_it() -> None:
    answers = Answering(httpx.Response(200))
    service(answers, username="me", password="hunter2").get("/x")
    service(answers, token="t0k").get("/x")
    service(answers, url="http://me:hunter2@connect:8083").get("/x")
    given = [request.headers["authorization"] for request in answers.requests]
    assert given == ["Basic bWU6aHVudGVyMg==", "Bearer t0k", "Basic bWU6aHVudGVyMg=="]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"url": ""}, "the environment does not say the `url` of Connect"),
        ({"url": "connect:8083"}, "the `url` of Connect is not one of http or https"),
        ({"url": "https://connect", "ca_file": "/nowhere"}, "the `ca_file` of Connect cannot be read"),
    ],
)
def test_settings_that_cannot_work_are_said(settings: dict[str, str], says: str) -> None:
    with pytest.raises(PermanentFailure, match=says):
        service(Answering(httpx.Response(200)), **settings)


def test_a_login_in_the_url_is_shown_to_nobody() -> None:
    asked = service(Answering(httpx.Response(500)), url="http://me:secret@connect:8083/base/")
    with pytest.raises(Rejected) as one:
        asked.get("/x")
    assert str(one.value) == "Connect at http://connect:8083/base refuses: it answers 500"
