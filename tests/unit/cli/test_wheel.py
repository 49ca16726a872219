"""What is installed from a wheel is whole: templates, pages of codes and the typing marker are in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from headgate.workflows.init import TEMPLATES
from running import EXAMPLE, REPOSITORY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, unpacked where an installer would put it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("headgate-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`headgate …` from the unpacked wheel, and from nowhere else."""
    code = (
        f"import sys; sys.path[:] = [{str(installed)!r}, *(p for p in sys.path if not p.endswith('/src'))]; "
        "from headgate.__main__ import main; import headgate; "
        f"assert headgate.__file__.startswith({str(installed)!r}); sys.argv[1:] = {list(words)!r}; main()"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_in_it_and_has_nothing_wrong(
    installed: Path, template: str, tmp_path: Path
) -> None:
    made = run(installed, "init", str(tmp_path / "new"), "--template", template)
    assert made.returncode == 0, made.stderr
    checked = run(installed, "check", "--strict", "--project", str(tmp_path / "new"))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_example_is_in_it_with_its_rows(installed: Path) -> None:
    packed = installed / "headgate" / "workflows" / "templates" / "payments"
    assert (packed / "samples" / "payments_events.jsonl").read_bytes() == (
        EXAMPLE / "samples" / "payments_events.jsonl"
    ).read_bytes()


def test_the_pages_of_codes_are_in_it(installed: Path) -> None:
    shown = run(installed, "explain", "HGC130")
    assert shown.stdout == (REPOSITORY / "docs" / "codes" / "HGC130.md").read_text("utf-8")
    assert (installed / "headgate" / "py.typed").is_file()
