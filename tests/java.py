"""Tests that need Java and Maven: they run wherever both are, and say why they do not where one is missing."""

from __future__ import annotations

import os
import shutil

import pytest

MISSING = [name for name in ("java", "mvn") if shutil.which(name) is None]

needs_java = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("CI") != "true",  # where CI runs, a missing tool is a failure
    reason=f"a real Flink needs Java 17 and Maven, and there is no {' and no '.join(MISSING)} here",
)
