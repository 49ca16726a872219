"""Which Maven fetches the artifacts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from headgate.local.refusal import Refused


def find_maven(environ: Mapping[str, str]) -> str:
    """The machine's Maven."""
    found = shutil.which("mvn", path=environ.get("PATH"))
    if found is None:
        raise Refused("`headgate local` needs `mvn` on the PATH the first time.")
    return found
