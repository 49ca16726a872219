"""What a connector carries about itself: the declared text of every key that holds, or may hold, a secret.

Connect has a connector's configuration with its secrets filled in, and tells it to everybody who may ask. What is reported
from here is the text that was declared, as long as it still leads to what is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from headgate.ports import Connections, PermanentFailure, has_placeholder
from headgate.providers._http import CHANGED, HIDDEN, is_secret_key, may_be_secret

LABEL = "headgate.declared"
_NAME = "name"


def filled(config: Mapping[str, str], connections: Connections) -> dict[str, str]:
    """A declared configuration as Connect is to have it: its values, and the label."""
    kept = {key: text for key, text in config.items() if has_placeholder(text) or is_secret_key(key)}
    values: dict[str, str] = connections.fill(config)
    return {**values, LABEL: json.dumps(kept, sort_keys=True)} if kept else values


def as_declared(live: Mapping[str, str], connections: Connections) -> dict[str, str]:
    """A configuration as Connect has it in the shape it was declared in, and without a secret."""
    kept = _label(live)
    return {
        key: _declared(kept[key], value, connections) if key in kept else _shown(key, value, connections)
        for key, value in live.items()
        if key not in (LABEL, _NAME)
    }


def without_name(config: Mapping[str, str]) -> dict[str, str]:
    """A configuration without the connector's name, which Connect puts into it."""
    return {key: value for key, value in config.items() if key != _NAME}


def _label(live: Mapping[str, str]) -> dict[str, str]:
    try:
        said = json.loads(live.get(LABEL, "{}"))
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in said.items()} if isinstance(said, dict) else {}


def _declared(text: str, live: str, connections: Connections) -> str:
    try:
        return text if connections.fill(text) == live else CHANGED
    except PermanentFailure:
        return CHANGED


def _shown(key: str, value: str, connections: Connections) -> str:
    return HIDDEN if may_be_secret(key, value) or connections.hide(value) != value else value
