SET 'pipeline.name' = 'dev.shop.paid';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.paid

CREATE TABLE `orders` (
  `id` STRING NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders.v1',
  'properties.bootstrap.servers' = '${cluster.eu.kafka.bootstrap_servers}',
  'properties.security.protocol' = 'SASL_SSL',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule required username="${cluster.eu.identities.flink.username}" password="${cluster.eu.identities.flink.password}";',
  'properties.group.id' = 'dev.shop.paid',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.eu.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders.v1-value',
  'value.avro-confluent.basic-auth.credentials-source' = 'USER_INFO',
  'value.avro-confluent.basic-auth.user-info' = '${cluster.eu.schema_registry.username}:${cluster.eu.schema_registry.password}',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `paid` (
  `id` STRING NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'dev.orders.paid',
  'properties.bootstrap.servers' = '${cluster.eu.kafka.bootstrap_servers}',
  'properties.security.protocol' = 'SASL_SSL',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule required username="${cluster.eu.identities.flink.username}" password="${cluster.eu.identities.flink.password}";',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'dev.shop.paid',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.eu.schema_registry.url}',
  'value.avro-confluent.subject' = 'dev.shop/paid',
  'value.avro-confluent.basic-auth.credentials-source' = 'USER_INFO',
  'value.avro-confluent.basic-auth.user-info' = '${cluster.eu.schema_registry.username}:${cluster.eu.schema_registry.password}',
  'value.avro-confluent.schema' = '{"type":"record","name":"Paid","namespace":"shop","fields":[{"name":"id","type":"string"},{"name":"amount","type":["null","int"],"default":null}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `paid`
SELECT
  `id`,
  `amount`
FROM (
SELECT id, amount FROM orders WHERE amount > 0
);
