"""What a project declares, typed and resolved: defaults merged, aliases settled, references parsed, durations in ms.

These are the values every later room works on. They know the language and not its meaning: nothing here says what a
mask does. A `Place` leads back to the user's file; spans are worked out from it when something must be said.
Collections are in the order of the files' names, then of the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from headgate.addresses import Address, Kind
from headgate.schema.types import DataType
from headgate.syntax.document import Document, Place
from headgate.syntax.template import Rendered


class Materialization(StrEnum):
    """What a stream becomes (format.md §5); `source` is one that others make."""

    SOURCE = "source"
    VIRTUAL_TOPIC = "virtual_topic"
    FLINK_STREAM = "flink_stream"
    SINK = "sink"
    TOPIC = "topic"
    EPHEMERAL = "ephemeral"


class Access(StrEnum):
    """Who may refer to a stream: its group, this project, anyone."""

    PRIVATE = "private"
    PROTECTED = "protected"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Reference:
    """A `ref(...)` or `source(...)` as written. `kind` says which was used, also in `from: {source: …}`.

    `project` is empty for this project; `version` 0 for the latest; `system` only with `source("system", "x")`.
    """

    kind: Kind
    name: str
    place: Place
    project: str = ""
    version: int = 0
    system: str = ""
    start: int = -1
    end: int = -1
    """Offsets into the file where the reference stands inside a text (SQL), else -1: then `place` says it all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A declared column. `type` is NOT NULL where a constraint says so, UNKNOWN where no `data_type` is said."""

    name: str
    type: DataType
    place: Place
    description: str = ""
    classification: str | None = None
    tags: tuple[str, ...] = ()
    metadata: str = ""
    """`from`: timestamp, partition, offset or headers of the record; "" for a column of the value."""
    expression: str = ""
    """A computed column's Flink expression."""


@dataclass(frozen=True, slots=True)
class EventTime:
    """A declared time attribute and how far behind the greatest event time its watermark is."""

    column: str
    delay_ms: int
    place: Place


@dataclass(frozen=True, slots=True)
class Applied:
    """Roles (and, with `purpose`, for what) that a policy names. `place` is the entry's."""

    roles: tuple[str, ...]
    purpose: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """`mask`: `applied_in` None names every role that no `allow` admits. `fallback` is "" where not said."""

    column: str
    method: str
    applied_in: tuple[Applied, ...] | None
    place: Place
    fallback: str = ""
    domain: str = ""
    keep_first: int = 0
    keep_last: int = 4


@dataclass(frozen=True, slots=True)
class Encrypt:
    """`encrypt`: one column under one key URI (`kms://provider/key`)."""

    column: str
    key: str
    place: Place


@dataclass(frozen=True, slots=True)
class Allow:
    """`allow`: an empty `roles` admits nobody; `purpose` None admits for any."""

    roles: tuple[str, ...]
    purpose: str | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Declassify:
    """`declassify`: a column's class (`column`, `to`) or a stream's readers (`readers`: "all", or who)."""

    reason: str
    place: Place
    column: str = ""
    to: str = ""
    readers: tuple[Applied, ...] | str | None = None
    approved_by: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Bypass:
    """A known way round the plane that masks."""

    principal: str
    reason: str
    until: str
    place: Place


@dataclass(frozen=True, slots=True)
class Classified:
    """A class said in `security.classification`; `column` may be dotted into a ROW."""

    column: str
    level: str
    place: Place


@dataclass(frozen=True, slots=True)
class Security:
    """The policies of one stream, in the order written."""

    classification: tuple[Classified, ...] = ()
    masks: tuple[Mask, ...] = ()
    encrypts: tuple[Encrypt, ...] = ()
    allows: tuple[Allow, ...] = ()
    declassify: tuple[Declassify, ...] = ()
    bypass: tuple[Bypass, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """`kafka:` with project, environment and folder defaults merged, environment `limits` applied.

    `partitions` 0: not said (1 is created); `replication_factor` 0: the broker's; `retention_ms` None: for ever.
    `capped` names what a limit lowered, for the plan to say.
    """

    partitions: int = 0
    replication_factor: int = 0
    retention_ms: int | None = 604_800_000
    config: Mapping[str, str] = field(default_factory=dict)
    capped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlinkSettings:
    """`flink:`; 0 or "" where not said."""

    parallelism: int = 0
    checkpoint_interval_ms: int = 0
    state_ttl_ms: int = 0
    upgrade: str = ""
    role: str = ""
    purpose: str = ""
    read_via: str = "broker"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSettings:
    """`schema:`; "" where not said. `definition` is a path in the project."""

    subject: str = ""
    definition: str = ""
    compatibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkSettings:
    """`sink:`. `config` is as written, checked by the connector type; templates in it stay as text."""

    type: str
    connector: str
    place: Place
    cluster: str = ""
    connect: str = "main"
    region: str = ""
    topic: str = ""
    role: str = ""
    purpose: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Ages in ms after which a source is stale; 0 where not said."""

    warn_after_ms: int
    error_after_ms: int
    place: Place


@dataclass(frozen=True, slots=True)
class Sample:
    """A declared sample: a file in the project, or a generator's specification (raw, placed), or neither."""

    rows_file: str
    generate: Mapping[str, Any] | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A model's query: the text as written (with its templates), and rendered.

    `rendered.text` is Flink SQL in which every reference is a relation's name (`Stream.relation`).
    """

    rendered: Rendered
    references: tuple[Reference, ...]
    text: str = ""
    """The query as written, with its templates; "" for one that only `from` makes."""
    place: Place | None = None
    """Where that text stands."""
    broken: bool = False
    """A reference in it means nothing or its templates failed, which has been said: there is nothing to analyse.

    The rendered text is "" where the templates failed.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A source, or one version of a model. A model that is a source's contract is merged into the source.

    `relation` is its name inside rendered SQL, unique in the project. `topic` is the physical name without the
    environment's prefix. `key_format` is settled ("raw", "json" or "avro"; "" where there is no key).
    `group` and `owner` are "" where not said. `contract` is `config.contract.enforced`.
    """

    address: Address
    name: str
    relation: str
    materialized: Materialization
    place: Place
    version: int = 0
    latest: bool = True
    folder: str = ""
    description: str = ""
    owner: str = ""
    group: str = ""
    access: Access = Access.PROTECTED
    tags: tuple[str, ...] = ()
    enabled: bool = True
    cluster: str = ""
    topic: str = ""
    key: tuple[str, ...] = ()
    key_format: str = ""
    format: str = "json"
    timestamps: str = "sql"
    columns: tuple[Column, ...] = ()
    contract: bool = False
    contract_place: Place | None = None
    changelog: str = "append"
    envelope: str = "none"
    on_malformed: str = "fail"
    event_time: EventTime | None = None
    inputs: tuple[Reference, ...] = ()
    """What `from` says. What the SQL says is in `sql.references`."""
    sql: Sql | None = None
    security: Security = Security()
    kafka: KafkaSettings = KafkaSettings()
    flink: FlinkSettings = FlinkSettings()
    schema: SchemaSettings = SchemaSettings()
    sink: SinkSettings | None = None
    dead_letter: str = ""
    freshness: Freshness | None = None
    sample: Sample | None = None
    producers: tuple[str, ...] = ()
    system: str = ""
    deprecation_date: str = ""
    adopt: bool = False
    managed_by: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        """The declared column of that name."""
        return next((c for c in self.columns if c.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A team of owners that owns streams together."""

    name: str
    members: tuple[str, ...]
    place: Place
    owner_name: str = ""
    owner_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A reader. `principals` are the environment's where it replaces them; `clearance` is settled."""

    name: str
    place: Place
    clearance: str
    group: str = ""
    principals: tuple[str, ...] = ()
    external_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sla:
    """What an exposure or product promises; None where it says nothing. Times in ms, shares in 0..1."""

    max_end_to_end_latency_ms: int | None = None
    max_produce_latency_ms: int | None = None
    max_error_rate: float | None = None
    availability: float | None = None
    freshness_ms: int | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An application, dashboard or table that uses streams.

    `role` is "consumer", "producer" or "both", settled. `reads` are `consumes` and, unless it is a producer,
    `depends_on`; `depends_on` of a producer stays in `lineage`.
    """

    address: Address
    name: str
    type: str
    role: str
    place: Place
    owner: str = ""
    group: str = ""
    url: str = ""
    repo: str = ""
    language: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    reads: tuple[Reference, ...] = ()
    writes: tuple[Reference, ...] = ()
    lineage: tuple[Reference, ...] = ()
    principal: str = ""
    sla: Sla = Sla()
    contract_schema: str = ""
    contract_versioning: str = ""
    allowed_roles: tuple[str, ...] = ()
    purpose: str | None = None
    needs: Mapping[str, str] = field(default_factory=dict)
    consumer_group: str = ""
    """As said; the name of the exposure is the default, as a prefix."""
    max_lag_messages: int | None = None
    transactional_id: str = ""
    idempotent: bool | None = None
    quota_produce: int | None = None
    quota_consume: int | None = None
    adopt: bool = False
    managed_by: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion of a test as written: its kind and its raw parameters, which the kind's owner checks."""

    kind: str
    parameters: Any
    place: Place
    sql: Sql | None = None
    """The rendered query of an assertion of kind `sql`; `this` in it is the tested stream."""


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of `on_failure.actions`."""

    kind: str
    value: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Assertions about one stream. `type` is streaming, sample or schema. Column tests are tests as well."""

    address: Address
    name: str
    target: Reference
    type: str
    assertions: tuple[Assertion, ...]
    place: Place
    severity: str = "error"
    threshold_share: float | None = None
    threshold_count: int | None = None
    actions: tuple[Action, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Rows of one input of a unit test. `format` is dict, csv or sql; `rows` None where `fixture` names a file."""

    input: Reference
    format: str
    rows: Any
    fixture: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTest:
    """A query run on given rows, compared with expected ones."""

    address: Address
    name: str
    model: Reference
    given: tuple[Given, ...]
    expect: Given | None
    place: Place
    expect_changelog: Any = None
    late: int | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProduct:
    """A named set of outputs with what they are made from."""

    address: Address
    name: str
    owner: str
    description: str
    status: str
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]
    place: Place
    sla: Sla = Sla()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the platform team: one from the library (`use`, with raw parameters) or SQL over the graph."""

    name: str
    place: Place
    level: str = "error"
    use: str = ""
    on: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sql: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Classification:
    """Levels from open to secret, the class of what says nothing, the clearance of a role that says nothing.

    `default_said` tells whether the project wrote `default:` itself.
    """

    levels: tuple[str, ...] = ("public", "internal", "confidential", "highly_sensitive")
    default: str = "internal"
    clearance_default: str = "internal"
    default_said: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A logical cluster of an environment; each part raw, with its templates unresolved, or None."""

    name: str
    place: Place | None = None
    region: str = ""
    kafka: Mapping[str, Any] | None = None
    schema_registry: Mapping[str, Any] | None = None
    flink: Mapping[str, Any] | None = None
    connect: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    proxy: Mapping[str, Any] | None = None
    console: Mapping[str, Any] | None = None
    identities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a project runs. `embedded` always exists, with every cluster a declaration names."""

    name: str = "embedded"
    engine: str = "embedded"
    place: Place | None = None
    protected: bool = False
    allow_destroy: bool = False
    fail_closed: bool = False
    reader_role: str = ""
    reader_purpose: str | None = None
    prefix: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)
    virtual_topics: str = "proxy"
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    alerts: Mapping[str, str] = field(default_factory=dict)
    kms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    masking_key: str = ""
    managed_by: Mapping[str, str] = field(default_factory=dict)
    plan_ttl_ms: int = 0
    chosen: bool = True
    """False where there are environment files, none is the default, and nobody said which is meant."""
    known: tuple[str, ...] = ("embedded",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All declarations of one project in one environment."""

    name: str
    version: str
    place: Place
    environment: Environment
    streams: Mapping[Address, Stream]
    relations: Mapping[str, Address]
    """`Stream.relation` to its address."""
    exposures: Mapping[Address, Exposure] = field(default_factory=dict)
    tests: Mapping[Address, Test] = field(default_factory=dict)
    unit_tests: Mapping[Address, UnitTest] = field(default_factory=dict)
    data_products: Mapping[Address, DataProduct] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    classification: Classification = Classification()
    purposes: tuple[str, ...] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    """The files of `macros/`, by name."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Every file that was read, by name: what a renderer of diagnostics needs."""
    documents: Mapping[str, Document] = field(default_factory=dict)
    packages: Mapping[str, PackageStreams] = field(default_factory=dict)

    def resolve(self, reference: Reference) -> Address | None:
        """The stream a reference means, or None. A version of 0 is the latest; the kind written is a hint only."""
        if reference.project and reference.project != self.name:
            package = self.packages.get(reference.project)
            return package.find(reference.name, reference.version) if package else None
        preferred = (Kind.SOURCE, Kind.MODEL) if reference.kind is Kind.SOURCE else (Kind.MODEL, Kind.SOURCE)
        for kind in preferred:
            for version in (reference.version, *self._latest(kind, reference)):
                address = Address(kind, reference.name, version)
                if address in self.streams:
                    return address
        return None

    def _latest(self, kind: Kind, reference: Reference) -> tuple[int, ...]:
        if reference.version or kind is not Kind.MODEL:
            return ()
        latest = self.latest_versions.get(reference.name)
        return (latest,) if latest else ()

    latest_versions: Mapping[str, int] = field(default_factory=dict)
    """Name of a versioned model to its latest version."""
    unsure: frozenset[str] = frozenset()
    """Names that broken files and faulty declarations may declare: that one is missing is no second finding."""


@dataclass(frozen=True, slots=True)
class PackageStreams:
    """The public streams of another project, read from its manifest."""

    project: str
    streams: Mapping[Address, Stream]
    latest_versions: Mapping[str, int] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """Names of its streams that are not public: nobody else may refer to them."""
    place: Place | None = None
    """Where this project names it: nothing of it stands in files of ours."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Its roles by the names they have here: `risk.support`."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """What its classes are called here, where they are called otherwise (`map_levels`)."""
    whole: Project | None = None
    """The project itself, where its files are at hand; else its streams say all that is known of them."""

    def find(self, name: str, version: int) -> Address | None:
        """The address of a public stream."""
        for kind in (Kind.MODEL, Kind.SOURCE):
            for candidate in (version, self.latest_versions.get(name, 0)):
                address = Address(kind, name, candidate, self.project)
                if address in self.streams:
                    return address
        return None
