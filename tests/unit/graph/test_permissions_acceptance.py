"""Who sees what of the acceptance project, worked out by hand from its files and permissions.md §3 and §4."""

from __future__ import annotations

from pathlib import Path

from checked import folder, loaded
from headgate.addresses import Address, Kind
from headgate.graph.permissions import Permissions, build

STREAMS = ("payments_clean", "customer_balance_5m", "fraud_events_enriched", "card_payments_fraud_events")
READERS = [
    (role, purpose)
    for role in ("support", "analytics", "fraud-engine", "fraud-ml", "payments-core")
    for purpose in (None, "fraud_detection")
]

# `payments_clean` is private to finance and has an `allow`, so that decides: fraud-engine, fraud-ml and payments-core, for
# fraud_detection and for nothing else. The `allow` lifts `confidential` and `highly_sensitive`: it says both itself, and the
# source that says the second is of finance too, which lists its owner. It decrypts `card_number`.
# support and analytics are named by the mask, whatever the purpose, so they are admitted: `card_number` by rule 1 as tokens,
# before the encryption of rule 2; `amount_cents` is confidential, above their clearance, which is the default, internal.
#
# `customer_balance_5m` inherits that list. Its total comes from `amount_cents` and is confidential: clear where the list
# that declared it admits, redacted else. Time and customer are internal. No column of it comes from `card_number`.
#
# `fraud_events_enriched` joins `customers_stream`, which says nothing of readers: the list of payments_clean restricts all of
# it. `country` and `risk_score` are internal by default, so clear to whoever is admitted.
#
# `card_payments_fraud_events` decides about rows by `amount_cents`, which is an indirect link and raises no class.
TABLE = """
payments_clean                              payment_id customer_id card_number amount_cents currency status event_time
  support                                   clear clear tokenization redacted clear clear clear
  support (fraud_detection)                 clear clear tokenization redacted clear clear clear
  analytics                                 clear clear tokenization redacted clear clear clear
  analytics (fraud_detection)               clear clear tokenization redacted clear clear clear
  fraud-engine                              denied
  fraud-engine (fraud_detection)            clear clear clear clear clear clear clear
  fraud-ml                                  denied
  fraud-ml (fraud_detection)                clear clear clear clear clear clear clear
  payments-core                             denied
  payments-core (fraud_detection)           clear clear clear clear clear clear clear
customer_balance_5m                         customer_id window_start total_amount_cents
  support                                   clear clear redacted
  support (fraud_detection)                 clear clear redacted
  analytics                                 clear clear redacted
  analytics (fraud_detection)               clear clear redacted
  fraud-engine                              denied
  fraud-engine (fraud_detection)            clear clear clear
  fraud-ml                                  denied
  fraud-ml (fraud_detection)                clear clear clear
  payments-core                             denied
  payments-core (fraud_detection)           clear clear clear
fraud_events_enriched                       payment_id customer_id amount_cents event_time country risk_score
  support                                   clear clear redacted clear clear clear
  support (fraud_detection)                 clear clear redacted clear clear clear
  analytics                                 clear clear redacted clear clear clear
  analytics (fraud_detection)               clear clear redacted clear clear clear
  fraud-engine                              denied
  fraud-engine (fraud_detection)            clear clear clear clear clear clear
  fraud-ml                                  denied
  fraud-ml (fraud_detection)                clear clear clear clear clear clear
  payments-core                             denied
  payments-core (fraud_detection)           clear clear clear clear clear clear
card_payments_fraud_events                  payment_id customer_id risk_score event_time
  support                                   clear clear clear clear
  support (fraud_detection)                 clear clear clear clear
  analytics                                 clear clear clear clear
  analytics (fraud_detection)               clear clear clear clear
  fraud-engine                              denied
  fraud-engine (fraud_detection)            clear clear clear clear
  fraud-ml                                  denied
  fraud-ml (fraud_detection)                clear clear clear clear
  payments-core                             denied
  payments-core (fraud_detection)           clear clear clear clear
"""


def acceptance() -> Permissions:
    graph, _ = loaded(folder(Path(__file__).parents[2] / "acceptance" / "payments"))
    assert graph is not None
    return build(graph)


def table(known: Permissions) -> str:
    lines = []
    for name in STREAMS:
        address = Address(Kind.MODEL, name)
        lines.append(f"{name:<44}{' '.join(known.policies[address].columns)}")
        for role, purpose in READERS:
            view = known.view(role, purpose, address)
            forms = " ".join(str(c.form) for c in view.columns.values()) if view.admitted else "denied"
            lines.append(f"  {role + (f' ({purpose})' if purpose else ''):<42}{forms}")
    return "\n" + "\n".join(lines) + "\n"


def test_each_role_sees_each_column_as_its_users_declared_it() -> None:
    assert table(acceptance()) == TABLE


def test_a_role_is_given_what_declared_uses_read_as_it() -> None:
    known = acceptance()
    given = {
        name: sorted(
            role for role in known.graph.project.roles if known.given(role, Address(Kind.MODEL, name))
        )
        for name in STREAMS
    }
    assert given == {
        "payments_clean": ["fraud-engine"],
        "customer_balance_5m": ["fraud-engine"],
        "fraud_events_enriched": ["fraud-ml"],
        "card_payments_fraud_events": ["fraud-engine", "fraud-ml"],
    }


def test_tokens_of_a_card_number_are_of_its_own_domain() -> None:
    view = acceptance().view("support", None, Address(Kind.MODEL, "payments_clean"))
    assert view.columns["card_number"].form.domain == "card_number"
