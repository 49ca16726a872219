"""The main job, on the example: build it, look at it as two readers, ask who sees the cards. `make demo`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "payments"

STEPS = (
    ("Check, test, apply, feed, run, test, and report:", "build"),
    ("The support desk sees tokens for card numbers:", "show payments_clean --as support --limit 5"),
    (
        "The fraud engine sees them in clear, for its purpose:",
        "show payments_clean --as fraud-engine --purpose fraud_detection --limit 5",
    ),
    (
        "The same card has the same token in another stream:",
        "show high_value_payments --as support --limit 5",
    ),
    ("Who sees card numbers, and by which rule:", "access --what payments_clean.card_number"),
)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="headgate-demo-") as folder:
        project = Path(
            shutil.copytree(EXAMPLE, Path(folder) / "payments", ignore=shutil.ignore_patterns(".*"))
        )
        for told, command in STEPS:
            print(f"\n{told}\n\n$ headgate {command}\n", flush=True)
            code = subprocess.run(
                [sys.executable, "-m", "headgate", *command.split()], cwd=project, env=os.environ, check=False
            ).returncode
            if code:
                return code
    print("\nThe project is examples/payments; docs/tutorial.md makes one from nothing.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
