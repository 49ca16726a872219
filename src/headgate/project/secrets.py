"""Values that are known only where a verb connects: `env_var(…)` and `secret(…)`, opaque until they are resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headgate.diagnostics import Diagnostic, Severity
from headgate.project import codes
from headgate.project.suggest import did_you_mean
from headgate.syntax import Place
from headgate.syntax import codes as syntax_codes
from headgate.syntax.template import literal_arguments

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*", re.DOTALL)
_SECRET_KEY = re.compile(
    r"(?i)(?:^|[._-])(password|passwd|passphrase|token|secret|api[_.-]?key|private[_.-]?key)$"
)
_USER_INFO = re.compile(
    r"^[a-z][a-z0-9+.:-]*://[^/@\s:]+:[^/@\s]+@|^[a-z][a-z0-9+.:-]*://.*[?&;](?:password|token|secret)=[^&;]+",
    re.IGNORECASE,
)
SCHEMES = ("env", "file")
LATER_SCHEMES = ("vault", "awssm", "gcpsm", "azkv")


class Secret:
    """A value that does not print: only `reveal` gives it."""

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str) -> None:
        self._value = value
        self.origin = origin

    def reveal(self) -> str:
        """The value, for the client that needs it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.origin})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class Opaque:
    """A call inside a value: `env_var("NAME", "default")`, `secret("scheme://…")` or `var("name")`."""

    function: str
    argument: str
    default: str | None = None


def opaque_calls(text: str) -> list[Opaque | None]:
    """The calls in a value, None for each that is not one of the three."""
    return [_opaque(match[1]) for match in _TAG.finditer(text)]


def _opaque(body: str) -> Opaque | None:
    match = _CALL.fullmatch(body)
    arguments = literal_arguments(match[2]) if match else None
    if match is None or arguments is None or match[1] not in ("env_var", "secret", "var"):
        return None
    args, kwargs = arguments
    most = 1 if match[1] == "secret" else 2
    if kwargs or not 1 <= len(args) <= most or not isinstance(args[0], str):
        return None
    return Opaque(match[1], args[0], str(args[1]) if len(args) > 1 else None)


def leaves(value: Any, place: Place) -> Iterator[tuple[str, str, Place]]:
    """Every text in a tree of values: the key it stands under, the text and its place."""
    waiting: list[tuple[str, Any, Place]] = [("", value, place)]
    while waiting:
        key, item, at = waiting.pop()
        if isinstance(item, str):
            yield key, item, at
        elif isinstance(item, dict):
            waiting += [(str(k), v, at.at(k)) for k, v in item.items()]
        elif isinstance(item, list):
            waiting += [(key, v, at.at(i)) for i, v in enumerate(item)]


def check_values(
    value: Any, place: Place, *, protected: bool, variables: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """What is wrong with templates and secrets in connections, without resolving any."""
    for key, text, at in leaves(value, place):
        if "{{" not in text:
            yield from _literal(key, text, at, protected)
            continue
        calls = opaque_calls(text)
        if None in calls or not calls:
            yield syntax_codes.TEMPLATE_NAME.at(
                at.span(), "only `env_var`, `secret` and `var` are rendered here"
            ).with_help('write `{{ env_var("NAME") }}` or `{{ secret("file://path") }}`')
        for call in calls:
            if call is not None:
                yield from _call(call, at, variables)


def holds_secret(key: str, text: str) -> bool:
    """Whether a text under a key is, or holds, what nobody may see: written out, or as the default of a variable."""
    if "{{" in text:
        return bool(_SECRET_KEY.search(key)) and any(c is not None and c.default for c in opaque_calls(text))
    return bool(text) and bool(_SECRET_KEY.search(key) or _USER_INFO.match(text))


def _call(call: Opaque, place: Place, variables: Mapping[str, Any]) -> Iterator[Diagnostic]:
    known = call.argument in variables or call.default is not None
    if call.function == "var" and not known:
        finding = syntax_codes.UNKNOWN_VARIABLE.at(place.span(), f"no variable is called `{call.argument}`")
        yield finding.with_help(did_you_mean(call.argument, variables) or "add it to `vars`")
    if call.function != "secret":
        return
    scheme, _, rest = call.argument.partition("://")
    if scheme in LATER_SCHEMES:
        yield codes.NOT_BUILT_YET.at(place.span(), f"secrets from `{scheme}://` are not built yet").with_help(
            "use `env://` or `file://`, filled by the store's own agent"
        )
    elif scheme not in SCHEMES or not rest:
        yield codes.BAD_VALUE.at(place.span(), f"`{call.argument}` names no secret").with_help(
            "write `env://NAME` or `file://path`"
        )


def _literal(key: str, text: str, place: Place, protected: bool) -> Iterator[Diagnostic]:
    if not holds_secret(key, text):
        return
    what = "a password in a URL" if _USER_INFO.match(text) else f"the value of `{key}`"
    yield codes.LITERAL_SECRET.at(
        place.span(),
        f"{what} is written out",
        severity=Severity.ERROR if protected else Severity.WARNING,
    ).with_help('keep it outside: `{{ env_var("NAME") }}` or `{{ secret("file://path") }}`')


@dataclass(frozen=True, slots=True)
class Resolver:
    """Makes values of opaque ones: with the environment's variables, `.env` included, and files read by `read_file`."""

    environment: str
    environ: Mapping[str, str]
    vars: Mapping[str, Any]
    read_file: Callable[[str], str]

    def resolve(self, value: Any, place: Place, found: list[Diagnostic]) -> Any:
        """The value with every call replaced; what holds a secret, or stands where one belongs, is a `Secret`."""
        if isinstance(value, dict):
            return {key: self._keyed(str(key), item, place.at(key), found) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item, place.at(i), found) for i, item in enumerate(value)]
        return self._text("", value, place, found) if isinstance(value, str) else value

    def _keyed(self, key: str, value: Any, place: Place, found: list[Diagnostic]) -> Any:
        if isinstance(value, str):
            return self._text(key, value, place, found)
        return self.resolve(value, place, found)

    def _text(self, key: str, text: str, place: Place, found: list[Diagnostic]) -> Any:
        secret = bool(_SECRET_KEY.search(key) or _USER_INFO.match(text))
        origins: list[str] = []

        def printed(match: re.Match[str]) -> str:
            nonlocal secret
            call = _opaque(match[1])
            if call is None:
                return match[0]
            secret = secret or call.function == "secret"
            origins.append(call.argument)
            return self._one(call, place, found)

        shown = _TAG.sub(printed, text)
        return Secret(shown, ", ".join(origins) or key) if secret else shown

    def _one(self, call: Opaque, place: Place, found: list[Diagnostic]) -> str:
        scheme, _, rest = call.argument.partition("://") if call.function == "secret" else ("", "", "")
        if call.function == "var":
            return str(self.vars.get(call.argument, call.default or ""))
        if scheme == "file":
            try:
                return self.read_file(rest).rstrip("\n")
            except (OSError, UnicodeDecodeError):
                found.append(
                    codes.MISSING_VARIABLE.at(
                        place.span(), f"the secret file `{rest}` cannot be read for `{self.environment}`"
                    ).with_help("create it, or let its agent do so")
                )
                return ""
        name = rest if call.function == "secret" else call.argument
        value = self.environ.get(name, call.default)
        if value is None:
            found.append(
                codes.MISSING_VARIABLE.at(
                    place.span(), f"the variable `{name}` is not set, and `{self.environment}` needs it"
                ).with_help(f"set `{name}`, or write it into `.env`")
            )
            return ""
        return value


def read_dotenv(text: str) -> dict[str, str]:
    """The variables of a `.env` file.

    >>> read_dotenv("A=1\\n# no\\nexport B='x y'\\n")
    {'A': '1', 'B': 'x y'}
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if not sign or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = re.sub(r"\s+#.*$", "", value)
        values[name.strip()] = value
    return values
