"""What the rules say about the acceptance project, and about it with one column renamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from checked import checked, folder, places

FILES = folder(Path(__file__).parents[2] / "acceptance" / "payments")

# Where each column of `payments_events` is used by name: the query that selects it, its key, its event time.
USES = {
    "payment_id": ["models.yml:26", "sources.yml:7"],
    "customer_id": ["models.yml:27"],
    "card_number": ["models.yml:28"],
    "amount_cents": ["models.yml:29"],
    "currency": ["models.yml:30"],
    "status": ["models.yml:31", "models.yml:34"],
    "event_time": ["models.yml:32", "sources.yml:8"],
}
WARNED = ["exposures.yml:25", "exposures.yml:40", "models.yml:59"]


def where(files: dict[str, str]) -> list[str]:
    return [place.split(" ", 1)[1] for place in places(files, checked(files))]


def test_the_acceptance_project_has_its_three_warnings_and_no_error() -> None:
    assert where(FILES) == WARNED


@pytest.mark.parametrize("column", USES)
def test_a_renamed_column_is_found_at_every_place_that_used_it_and_nowhere_else(column: str) -> None:
    declared = f"- {{name: {column}, "
    models = FILES["models.yml"]
    assert declared in models
    renamed = {**FILES, "models.yml": models.replace(declared, f"- {{name: {column}_renamed, ", 1)}
    found = set(where(renamed))
    # With the time attribute gone, what waits for it cannot be worked out, so its warnings go too.
    assert found - set(WARNED) == set(USES[column])
