"""Who uses streams and what is promised about them: exposures, data products, rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headgate.addresses import Address, Kind
from headgate.diagnostics import Diagnostic
from headgate.project import codes, keys
from headgate.project.columns import strings
from headgate.project.declarations import DataProduct, Exposure, Group, Reference, Rule, Sla
from headgate.project.entries import Entry
from headgate.project.names import wrong_kind
from headgate.project.queries import Queries
from headgate.project.references import written_reference
from headgate.project.settings import duration
from headgate.project.sql_files import SqlText
from headgate.project.units import RATE_HELP, SHARE_HELP, bytes_a_second, share
from headgate.syntax import Place

LIBRARY_KEYS = frozenset({"name", "use", "sql", "on", "level", "message", "description", "meta"})


@dataclass(slots=True)
class Uses:
    """Makes exposures, products and rules of what was said."""

    queries: Queries
    groups: Mapping[str, Group]
    found: list[Diagnostic]

    def references(self, said: list[str] | None, place: Place, node: str) -> tuple[Reference, ...]:
        """The references of a list, each looked up."""
        references: list[Reference] = []
        for index, text in enumerate(said or ()):
            one = written_reference(text, place.at(index), self.found)
            if one is None:
                continue
            span = one.place.span()
            names = self.queries.names
            address = names.look_up(one, span, self.found, node)
            warning = wrong_kind(one, address, names, span, node) if address else None
            if warning is not None:
                self.found.append(warning)
            references.append(one)
        return tuple(references)

    def exposure(self, entry: Entry[keys.Exposure]) -> Exposure:
        """An application, dashboard or table that uses streams."""
        said = entry.said
        address = Address(Kind.EXPOSURE, said.name)
        node = str(address)
        text = self.queries.plain_text
        reads = self.references(said.consumes, entry.at("consumes"), node)
        writes = self.references(said.produces, entry.at("produces"), node)
        mentioned = self.references(said.depends_on, entry.at("depends_on"), node)
        role = said.role or ("both" if reads and writes else "producer" if writes else "consumer")
        owner = said.owner if isinstance(said.owner, str) else (said.owner and said.owner.name) or ""
        owner = text(owner, entry.at("owner"))
        access = said.access or keys.ExposureAccess()
        consumer = said.consumer_config or keys.ConsumerConfig()
        producer = said.producer_config or keys.ProducerConfig()
        contracts = said.contracts or keys.ExposureContracts()
        quota = said.quota or keys.Quota()
        return Exposure(
            address=address,
            name=said.name,
            type=said.type,
            role=role,
            place=entry.place,
            owner=owner,
            group=text(said.group, entry.at("group")) if said.group else self._group_of(owner),
            url=said.url or "",
            repo=said.repo or "",
            language=said.language or "",
            description=text(said.description or "", entry.at("description")),
            tags=strings(said.tags),
            reads=reads if role == "producer" else _once(reads, mentioned),
            writes=writes,
            lineage=mentioned if role == "producer" else (),
            principal=said.principal or "",
            sla=self.sla(said.sla, entry.at("sla")),
            contract_schema=contracts.schema or "",
            contract_versioning=contracts.versioning or "",
            allowed_roles=strings(access.allowed_roles),
            purpose=access.purpose,
            needs=access.needs or {},
            consumer_group=consumer.consumer_group or "",
            max_lag_messages=consumer.max_lag_messages,
            transactional_id=producer.transactional_id or "",
            idempotent=producer.idempotent,
            quota_produce=self._rate(quota.produce, entry.at("quota", "produce")),
            quota_consume=self._rate(quota.consume, entry.at("quota", "consume")),
            adopt=bool(said.adopt),
            managed_by=said.managed_by or "",
            meta=said.meta or {},
        )

    def _group_of(self, owner: str) -> str:
        listing = [group.name for group in self.groups.values() if owner and owner in group.members]
        return listing[0] if len(listing) == 1 else ""

    def _rate(self, said: str | None, place: Place) -> int | None:
        if said is None:
            return None
        rate = bytes_a_second(said)
        if rate is None:
            self.found.append(codes.BAD_VALUE.at(place.span(), f"`{said}` is no rate").with_help(RATE_HELP))
        return rate

    def sla(self, said: keys.SlaKeys | None, place: Place) -> Sla:
        """What is promised; shares between 0 and 1, times in milliseconds."""
        if said is None:
            return Sla()
        return Sla(
            said.max_end_to_end_latency_ms,
            said.max_produce_latency_ms,
            self._share(said.max_error_rate, place.at("max_error_rate")),
            self._share(said.availability, place.at("availability")),
            duration(said.freshness, place.at("freshness"), self.found),
            place,
        )

    def _share(self, said: Any, place: Place) -> float | None:
        if said is None:
            return None
        value = share(said)
        if value is None:
            self.found.append(codes.BAD_VALUE.at(place.span(), f"`{said}` is no share").with_help(SHARE_HELP))
        return value

    def product(self, entry: Entry[keys.DataProduct]) -> DataProduct:
        """A named set of outputs."""
        said = entry.said
        address = Address(Kind.DATA_PRODUCT, said.name)
        text = self.queries.plain_text
        return DataProduct(
            address=address,
            name=said.name,
            owner=text(said.owner or "", entry.at("owner")),
            description=text(said.description or "", entry.at("description")),
            status=said.status or "active",
            inputs=self.references(said.inputs, entry.at("inputs"), str(address)),
            outputs=self.references(said.outputs, entry.at("outputs"), str(address)),
            place=entry.place,
            sla=self.sla(said.sla, entry.at("sla")),
        )

    def rule(self, entry: Entry[keys.Rule]) -> Rule:
        """A rule of the platform team; the parameters of a library rule are checked where the rule lives."""
        said = entry.said
        if (said.use is None) == (said.sql is None) and entry.sound:
            self.found.append(
                codes.BAD_VALUE.at(
                    entry.place.span(),
                    f"the rule `{said.name}` says {'neither' if said.use is None else 'both'} of `use` and `sql`",
                ).with_help("name a rule of the library under `use`, or write a query under `sql`")
            )
        if said.sql is not None and "{" in said.sql:
            address = Address(Kind.RULE, said.name)
            said.sql = self.queries.query(SqlText(said.sql, entry.at("sql")), address).rendered.text
        parameters = {k: v for k, v in entry.raw.items() if k not in LIBRARY_KEYS}
        return Rule(
            name=said.name,
            place=entry.place,
            level={"warn": "warning", None: "error"}.get(said.level, said.level) or "error",
            use=said.use or "",
            on=said.on or "",
            parameters=parameters,
            sql=said.sql or "",
            message=said.message or "",
        )


def _once(first: Sequence[Reference], second: Sequence[Reference]) -> tuple[Reference, ...]:
    """Both, a stream that both name once."""
    seen: dict[tuple[object, ...], Reference] = {}
    for reference in (*first, *second):
        seen.setdefault((reference.project, reference.name, reference.version), reference)
    return tuple(seen.values())
