"""`python -m bench.local_stack`: how long `headgate local up` takes once everything is fetched, a line a run.

From nothing, which makes the data folders, and again with the data there. The machine's load while it ran is printed beside it,
for six JVMs that start at once share whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Measures, and takes everything down again."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=3)
    runs = options.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "headgate.yml").write_text("name: bench\n")
        _local(project, "up", "--only", "warehouse")  # so that everything is fetched
        _local(project, "down", "--wipe")
        try:
            for _ in range(runs):
                for title, after in (("from nothing", ()), ("with its data", ("--wipe",))):
                    seconds = _local(project, "up")
                    print(f"up {title}: {seconds:.1f} s (load {os.getloadavg()[0]:.1f})", flush=True)
                    _local(project, "down", *after)
        finally:
            _local(project, "down", "--wipe")


def _local(project: Path, *words: str) -> float:
    """How many seconds a command took."""
    began = time.monotonic()
    command = [sys.executable, "-m", "headgate", "local", *words, "--project", str(project), "--quiet"]
    subprocess.run(command, check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
