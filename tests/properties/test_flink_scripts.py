"""Whatever an environment fills into a job's script stays where it was put, and is what Kafka reads there."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from contracts.flink_things import job
from headgate.providers.flink.labels import Label, read_label
from headgate.providers.flink.script import read_script, statements

SQL = str(job("shop.any").fields["sql"])
TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(TEXTS)
def test_a_value_ends_no_literal_and_is_read_back(value: str) -> None:
    values = {
        "kafka.bootstrap_servers": "h:9092",
        "identities.flink.username": "u",
        "identities.flink.password": value,
    }

    def fill(text: str) -> str:
        return re.sub(r"\$\{cluster\.main\.([^}]+)\}", lambda m: values[m[1]], text)

    filled = read_script(SQL).filled(fill)
    whole = ";\n".join((*filled.declarations, filled.insert))
    assert statements(whole) == (*filled.declarations, filled.insert)
    table = read_script(whole).tables["orders"]
    assert list(table.columns) == ["customer", "amount", "ts"]
    said = table.options["properties.sasl.jaas.config"]
    inside = said.partition('password="')[2].removesuffix('";')
    assert re.sub(r"\\(.)", r"\1", inside) == value


@given(st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.none(), st.lists(TEXTS)), max_size=5), TEXTS)
def test_a_label_says_what_it_was_given(fields: dict[str, object], origin: str) -> None:
    label = Label(owner="p/e", id="main/x", fields=fields, origin=origin)
    assert read_label({"headgate": label.written()}) == label
