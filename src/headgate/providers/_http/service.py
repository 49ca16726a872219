"""One client for a service's HTTP API: time-outs, retries, and failures that say whether asking again may help."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential, wait_random

from headgate.ports import PermanentFailure, Settings, TemporaryFailure
from headgate.providers._http.reasons import one_line, reason_of

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_NOT_DONE = frozenset({429, 503})
"""Answered instead of doing anything (RFC 9110 §15.6.4, RFC 6585 §4): whatever was asked may be asked again."""
_PASSING = _NOT_DONE | {408, 502, 504}
_WAITS = wait_exponential(multiplier=0.1, max=2) + wait_random(0, 0.1)
_LONGEST_WAIT_S = 30.0


class Rejected(PermanentFailure):
    """The service answered that it will not do it: with which status, and what it said, for who can read it."""

    def __init__(self, message: str, status: int, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class _Later(TemporaryFailure):
    """Not now. `again`: the same request may be made again without harm; `after_s`: not before so long."""

    def __init__(self, message: str, *, again: bool, reached: bool, after_s: float = 0) -> None:
        super().__init__(message)
        self.again = again
        self.reached = reached
        self.after_s = after_s


class Service:
    """One service; `what` names it to people.

    `settings` are what the environment says of it: `url`, and where it asks for them `username` and `password` or a `token`;
    `ca_file` is a file of certificates to trust. `passing` tells further answers that mean "not now", by their status and what
    they say. A request is repeated
    for `patience_s` where the service answers so, for `unreached_s` where it does not answer, and only where repeating it does
    no harm. Nothing it says shows a secret.
    """

    def __init__(
        self,
        settings: Settings,
        what: str,
        *,
        hide: Callable[[str], str],
        passing: Callable[[int, str], bool] = lambda status, said: False,
        reason: Callable[[Any], str] = reason_of,
        timeout_s: float = 60,
        patience_s: float = 20,
        unreached_s: float = 2,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not settings.get("url"):
            raise PermanentFailure(f"the environment does not say the `url` of {what}")
        url = _parsed(settings["url"], what)
        self.url = str(url.copy_with(userinfo=b"")).rstrip("/")
        self.what = what
        self._hide = hide
        self._passing = passing
        self._reason = reason
        self._patience_s = patience_s
        self._unreached_s = unreached_s
        self._sleep = sleep
        self._client = httpx.Client(
            auth=_login(settings, url),
            headers=_bearer(settings),
            # Certificates are read only where there is something to verify.
            verify=_trusted(settings, what) if url.scheme == "https" else False,
            # A proxy of the machine's environment leads out of it, never back to it.
            trust_env=not _on_this_machine(url.host),
            timeout=httpx.Timeout(timeout_s, connect=5),
            transport=transport,
        )

    def get(self, path: str, **params: Any) -> Any:
        """What stands there; a missing thing is `Rejected` with status 404."""
        return self.ask("GET", path, params=params or None)

    def ask(
        self, method: str, path: str, json: Any = None, *, params: Mapping[str, Any] | None = None
    ) -> Any:
        """What it answers, as a value; None where it answers nothing, text where that is no JSON.

        TemporaryFailure where it cannot be reached or cannot do it now, `Rejected` where it refuses.
        """
        for attempt in Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, _Later) and error.again),
            stop=self._enough,
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        ):
            with attempt:
                return self._once(method, path, json, params)
        raise AssertionError("an attempt returns or raises")

    def close(self) -> None:
        self._client.close()

    def _once(self, method: str, path: str, json: Any, params: Mapping[str, Any] | None) -> Any:
        # httpx sends a body with DELETE only through `request`, and some APIs want one there.
        body = {} if json is None else {"json": json}
        try:
            answer = self._client.request(method, self.url + path, params=params, **body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._later(f"cannot be reached ({_why(error)})", again=True) from None
        except httpx.TimeoutException:
            raise self._later("did not answer in time", again=method in _IDEMPOTENT) from None
        except httpx.HTTPError as error:
            message = f"broke the connection off ({_why(error)})"
            raise self._later(message, again=method in _IDEMPOTENT) from None
        body_ = _value(answer)
        if answer.is_success:
            return body_
        raise self._failure(method, answer, body_)

    def _failure(self, method: str, answer: httpx.Response, body: Any) -> Exception:
        status, said = answer.status_code, self._hide(self._reason(body))
        if status in _PASSING or self._passing(status, said):
            again = method in _IDEMPOTENT or status in _NOT_DONE
            message = f"cannot do it now: {said or f'it answers {status}'}"
            return self._later(message, again=again, reached=True, after_s=_retry_after(answer))
        if status in (401, 403):
            message = "does not know who asks" if status == 401 else "does not let this user do it"
            return Rejected(self._message(message + (f": {said}" if said else "")), status, body)
        return Rejected(self._message(f"refuses: {said or f'it answers {status}'}"), status, body)

    def _later(self, message: str, *, again: bool, reached: bool = False, after_s: float = 0) -> _Later:
        return _Later(self._message(message), again=again, reached=reached, after_s=after_s)

    def _message(self, text: str) -> str:
        return self._hide(f"{self.what} at {self.url} {text}")

    def _enough(self, state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome is not None else None
        reached = isinstance(error, _Later) and error.reached
        return (state.seconds_since_start or 0) >= (self._patience_s if reached else self._unreached_s)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.after_s if isinstance(error, _Later) else 0
    return max(_WAITS(state), min(asked, _LONGEST_WAIT_S))


def _retry_after(answer: httpx.Response) -> float:
    """The seconds of `Retry-After` (RFC 9110 §10.2.3); a date in it is left to our own waits."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() else 0


def _parsed(text: str, what: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise PermanentFailure(f"the `url` of {what} is not one of http or https")
    return url


def _login(settings: Settings, url: httpx.URL) -> tuple[str, str] | None:
    if settings.get("username"):
        return settings["username"], settings.get("password", "")
    return (url.username, url.password) if url.username else None


def _bearer(settings: Settings) -> dict[str, str]:
    token = settings.get("token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _trusted(settings: Settings, what: str) -> ssl.SSLContext | bool:
    file = settings.get("ca_file")
    if not file:
        return True
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise PermanentFailure(f"the `ca_file` of {what} cannot be read: {_why(error)}") from None


def _on_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _value(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _why(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__
