"""Every key of the declaration format, as written: what a file may say, and of what type.

Loading, the checks of single keys and the JSON Schema for editors all come from these structs. A field that is None was
not said. What a value means is settled by the modules that make declarations of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Text = str
Names = str | list[str]
Number = int | float
Duration = Annotated[
    str,
    Meta(
        pattern=r"^\s*\d+\s*(ms|milliseconds?|seconds?|minutes?|hours?|days?|weeks?)\s*$",
        description="A whole number and a unit: `15 minutes`.",
    ),
]
Free = dict[str, Any]
Materialized = Literal["virtual_topic", "flink_stream", "sink", "topic", "ephemeral"]
AccessLevel = Literal["private", "protected", "public"]
Tool = Literal["strimzi", "terraform", "console", "other"]
"""Another tool that writes things we compare with what is declared, and never write."""
Managed = Literal["topics", "acls", "users", "quotas", "subjects", "jobs", "connectors", "proxy", "console"]
"""Kinds of things, in the words of people."""


class Raw(Struct, forbid_unknown_fields=True, kw_only=True):
    """A map of the format: unknown keys are errors, `meta` is kept and never read."""

    meta: Free | None = None


class Period(Raw, kw_only=True):
    """dbt's spelling of a duration."""

    count: int
    period: str


class EventTime(Raw, kw_only=True):
    column: str
    max_out_of_orderness: Duration | None = None


class Contract(Raw, kw_only=True):
    enforced: bool | None = None
    alias_types: bool | None = None


class Config(Raw, kw_only=True):
    """dbt's `config`: each key is the same as the one beside it."""

    materialized: Materialized | None = None
    access: AccessLevel | None = None
    group: str | None = None
    owner: str | None = None
    tags: Names | None = None
    enabled: bool | None = None
    event_time: EventTime | str | None = None
    contract: Contract | None = None


class Constraint(Raw, kw_only=True):
    type: str


class Column(Raw, kw_only=True):
    name: str
    data_type: str | None = None
    description: str | None = None
    classification: str | None = None
    tags: Names | None = None
    constraints: list[str | Constraint] | None = None
    tests: list[str | Free] | None = None
    data_tests: list[str | Free] | None = None
    from_: Literal["timestamp", "partition", "offset", "headers"] | None = field(default=None, name="from")
    expression: str | None = None


class Applied(Raw, kw_only=True):
    roles: Names
    purpose: str | None = None


class Mask(Raw, kw_only=True):
    column: str
    method: str
    applied_in: list[Applied] | None = None
    fallback: Literal["hash", "redact", "encrypt", "deny"] | None = None
    domain: str | None = None
    keep_first: int | None = None
    keep_last: int | None = None


class Encrypt(Raw, kw_only=True):
    column: str
    key: str


class Allow(Raw, kw_only=True):
    roles: Names
    purpose: str | None = None


class Policy(Raw, kw_only=True):
    """One of the three."""

    mask: Mask | None = None
    encrypt: Encrypt | None = None
    allow: Allow | None = None


class Declassify(Raw, kw_only=True):
    reason: str | None = None
    column: str | None = None
    to: str | None = None
    readers: Literal["all"] | list[Applied] | None = None
    approved_by: str | None = None
    until: str | None = None


class Bypass(Raw, kw_only=True):
    principal: str
    reason: str
    until: str


class Security(Raw, kw_only=True):
    classification: dict[str, str] | None = None
    policies: list[Policy] | None = None
    declassify: list[Declassify] | None = None
    bypass: list[Bypass] | None = None


class Kafka(Raw, kw_only=True):
    partitions: int | None = None
    replication_factor: int | None = None
    retention: Duration | None = None
    config: dict[str, str | int | float | bool] | None = None


class Flink(Raw, kw_only=True):
    parallelism: int | None = None
    checkpoint_interval: Duration | None = None
    state_ttl: Duration | None = None
    upgrade: Literal["savepoint", "last_state", "stateless"] | None = None
    role: str | None = None
    purpose: str | None = None
    read_via: Literal["broker", "proxy"] | None = None


class SchemaKeys(Raw, kw_only=True):
    subject: str | None = None
    definition: str | None = None
    compatibility: (
        Literal[
            "none",
            "backward",
            "backward_transitive",
            "forward",
            "forward_transitive",
            "full",
            "full_transitive",
        ]
        | None
    ) = None


class Freshness(Raw, kw_only=True):
    warn_after: Duration | Period | None = None
    error_after: Duration | Period | None = None


class Generate(Raw, kw_only=True):
    """The rows a source without samples gets on the embedded engine."""

    rate: str | None = None
    rows: int | None = None
    seed: int | None = None
    columns: dict[str, Free] | None = None


class Sample(Raw, kw_only=True):
    rows_file: str | None = None
    generate: Generate | None = None


class DeadLetter(Raw, kw_only=True):
    topic: str


class Sink(Raw, kw_only=True):
    type: str
    connector: str | None = None
    cluster: str | None = None
    connect: str | None = None
    region: str | None = None
    topic: str | None = None
    role: str | None = None
    purpose: str | None = None
    config: Free | None = None
    needs: dict[str, str] | None = None


class From(Raw, kw_only=True):
    source: str | None = None
    model: str | None = None


class ServeFrom(Raw, kw_only=True):
    v: int
    sql: str


class StreamKeys(Raw, kw_only=True):
    """What sources and models share, and `defaults` and `folders` may say for them."""

    description: str | None = None
    cluster: str | None = None
    topic: str | None = None
    format: Literal["json", "avro", "protobuf"] | None = None
    key: Names | None = None
    key_format: Literal["raw", "json", "avro"] | None = None
    schema: SchemaKeys | None = None
    envelope: Literal["none", "debezium", "canal", "maxwell"] | None = None
    changelog: Literal["append", "upsert"] | None = None
    timestamps: Literal["sql", "iso", "epoch_millis"] | None = None
    event_time: EventTime | str | None = None
    on_malformed: Literal["fail", "skip", "dead_letter"] | None = None
    freshness: Freshness | None = None
    access: AccessLevel | None = None
    group: str | None = None
    owner: str | None = None
    tags: Names | None = None
    enabled: bool | None = None
    contract: Contract | None = None
    config: Config | None = None
    columns: list[Column] | None = None
    security: Security | None = None
    producers: list[str] | None = None
    sample: Sample | None = None
    tests: list[str | Free] | None = None
    data_tests: list[str | Free] | None = None
    adopt: bool | None = None
    managed_by: Tool | None = None


class Source(StreamKeys, kw_only=True):
    """A topic that others write; with `tables`, dbt's spelling: they are the sources, and this is their system."""

    name: str
    system: str | None = None
    tables: list[Source] | None = None


SHARED_BY_TABLES = ("cluster", "format", "group", "owner", "tags", "freshness", "on_malformed", "access")
"""What a source with tables says for each of them."""


class ModelKeys(StreamKeys, kw_only=True):
    materialized: Materialized | None = None
    from_: From | str | list[From | str] | None = field(default=None, name="from")
    sql: str | None = None
    kafka: Kafka | None = None
    flink: Flink | None = None
    sink: Sink | None = None
    dead_letter: DeadLetter | None = None
    deprecation_date: str | None = None


class VersionColumn(Column, kw_only=True):
    """A column of a version, or (`include: all`) those of the model but for some."""

    name: str | None = None  # type: ignore[assignment] # none beside `include`
    include: Names | None = None
    exclude: list[str] | None = None


class Version(ModelKeys, kw_only=True):
    """One version of a model: what it says goes before what the model says."""

    v: int
    columns: list[VersionColumn] | None = None  # type: ignore[assignment] # a version's say more
    serve_from: ServeFrom | None = None


class Model(ModelKeys, kw_only=True):
    name: str
    latest_version: int | None = None
    versions: list[Version] | None = None


class Defaults(ModelKeys, kw_only=True):
    """Keys of models and sources for objects that do not say them."""


class Person(Raw, kw_only=True):
    name: str | None = None
    email: str | None = None


class Group(Raw, kw_only=True):
    name: str
    members: list[str] | None = None
    owner: Person | None = None
    description: str | None = None


class Role(Raw, kw_only=True):
    name: str
    description: str | None = None
    group: str | None = None
    principals: list[str] | None = None
    external_groups: list[str] | None = None
    clearance: str | None = None


class SlaKeys(Raw, kw_only=True):
    max_end_to_end_latency_ms: int | None = None
    max_produce_latency_ms: int | None = None
    max_error_rate: Number | str | None = None
    availability: Number | str | None = None
    freshness: Duration | Period | None = None


class ExposureContracts(Raw, kw_only=True):
    schema: Literal["strict", "lenient", "none"] | None = None
    versioning: str | None = None


class ExposureAccess(Raw, kw_only=True):
    allowed_roles: Names | None = None
    purpose: str | None = None
    needs: dict[str, str] | None = None


class ConsumerConfig(Raw, kw_only=True):
    consumer_group: str | None = None
    max_lag_messages: int | None = None


class ProducerConfig(Raw, kw_only=True):
    transactional_id: str | None = None
    idempotent: bool | None = None


class Quota(Raw, kw_only=True):
    produce: str | None = None
    consume: str | None = None


class Exposure(Raw, kw_only=True):
    name: str
    type: Literal[
        "application", "service", "api", "ml_model", "ml_training", "dashboard", "notebook", "external"
    ]
    role: Literal["consumer", "producer", "both"] | None = None
    owner: str | Person | None = None
    group: str | None = None
    label: str | None = None
    url: str | None = None
    repo: str | None = None
    language: str | None = None
    description: str | None = None
    tags: Names | None = None
    depends_on: list[str] | None = None
    consumes: list[str] | None = None
    produces: list[str] | None = None
    principal: str | None = None
    sla: SlaKeys | None = None
    contracts: ExposureContracts | None = None
    access: ExposureAccess | None = None
    consumer_config: ConsumerConfig | None = None
    producer_config: ProducerConfig | None = None
    quota: Quota | None = None
    adopt: bool | None = None
    managed_by: Tool | None = None


class OnFailure(Raw, kw_only=True):
    severity: Literal["warn", "error"] | None = None
    threshold: Number | str | None = None
    count: int | None = None
    actions: list[Free] | None = None


class Test(Raw, kw_only=True):
    name: str
    model: str | None = None
    source: str | None = None
    type: Literal["streaming", "sample", "schema"] | None = None
    assertions: list[str | Free]
    on_failure: OnFailure | None = None
    description: str | None = None
    owner: str | None = None
    tags: Names | None = None


class Rows(Raw, kw_only=True):
    rows: list[Free] | str | None = None
    format: Literal["dict", "csv", "sql"] | None = None
    fixture: str | None = None


class GivenRows(Rows, kw_only=True):
    input: str


class Expected(Rows, kw_only=True):
    late: int | None = None


class Overrides(Raw, kw_only=True):
    vars: Free | None = None


class UnitTest(Raw, kw_only=True):
    name: str
    model: str
    given: list[GivenRows] | None = None
    expect: Expected | list[Free] | None = None
    expect_changelog: list[Free] | None = None
    overrides: Overrides | None = None
    description: str | None = None
    tags: Names | None = None
    config: Free | None = None


class DataProduct(Raw, kw_only=True):
    name: str
    owner: str | None = None
    description: str | None = None
    status: Literal["proposed", "active", "deprecated", "retired"] | None = None
    inputs: list[str] | None = None
    outputs: list[str] | None = None
    sla: SlaKeys | None = None
    tags: Names | None = None


class Rule(Struct, kw_only=True):
    """A rule; what a library rule takes beside these keys is its own, and checked where the rule lives."""

    name: str
    use: str | None = None
    sql: str | None = None
    on: str | None = None
    level: Literal["error", "warning", "warn", "info"] | None = None
    message: str | None = None
    description: str | None = None
    meta: Free | None = None


class Lists(Raw, kw_only=True):
    """What any file may hold."""

    version: int | float | str | None = None
    sources: list[Source] | None = None
    models: list[Model] | None = None
    groups: list[Group] | None = None
    roles: list[Role] | None = None
    exposures: list[Exposure] | None = None
    tests: list[Test] | None = None
    unit_tests: list[UnitTest] | None = None
    data_products: list[DataProduct] | None = None
    rules: list[Rule] | None = None


class Levels(Raw, kw_only=True):
    levels: list[str] | None = None
    default: str | None = None
    clearance_default: str | None = None


class Package(Raw, kw_only=True):
    name: str
    path: str | None = None
    git: str | None = None
    revision: str | None = None
    manifest: str | None = None
    sha256: str | None = None
    map_levels: dict[str, str] | None = None


class ProjectFile(Lists, kw_only=True):
    """`headgate.yml`: the project, and any of the lists as well."""

    name: str
    require: str | None = None
    defaults: Defaults | None = None
    folders: dict[str, Defaults] | None = None
    vars: Free | None = None
    purposes: list[str] | None = None
    classification: Levels | None = None
    packages: list[Package] | None = None
    description: str | None = None


class Reader(Raw, kw_only=True):
    role: str
    purpose: str | None = None


class Naming(Raw, kw_only=True):
    prefix: str | None = None


class State(Raw, kw_only=True):
    cluster: str | None = None
    topic: str | None = None
    file: str | None = None


class Limits(Raw, kw_only=True):
    max_partitions: int | None = None
    replication_factor: int | None = None
    max_parallelism: int | None = None


class Masking(Raw, kw_only=True):
    key: str


class ClusterKeys(Raw, kw_only=True):
    region: str | None = None
    kafka: Free | None = None
    identities: dict[str, Free] | None = None
    schema_registry: Free | None = None
    flink: Free | None = None
    connect: dict[str, Free] | None = None
    proxy: Free | None = None
    console: Free | None = None


class EnvironmentFile(Raw, kw_only=True):
    """`environments/<name>.yml`: connections, and what differs in one place."""

    default: bool | None = None
    description: str | None = None
    engine: Literal["live", "local", "embedded"] | None = None
    protected: bool | None = None
    allow_destroy: bool | None = None
    fail_closed: bool | None = None
    reader: Reader | None = None
    naming: Naming | None = None
    state: State | None = None
    vars: Free | None = None
    defaults: Defaults | None = None
    limits: Limits | None = None
    virtual_topics: Literal["proxy", "flink"] | None = None
    principals: dict[str, list[str]] | None = None
    masking: Masking | None = None
    managed_by: dict[Managed, Tool] | None = None
    clusters: dict[str, ClusterKeys] | None = None
    alerts: dict[str, str] | None = None
    kms: dict[str, Free] | None = None
    approvals: Free | None = None
    plan_ttl: Duration | None = None
    gates: str | None = None
