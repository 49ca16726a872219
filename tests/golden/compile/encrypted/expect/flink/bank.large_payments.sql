SET 'pipeline.name' = 'bank.large_payments';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.large_payments: Passes the number on, so the job writes through the proxy too.

CREATE TABLE `payments` (
  `id` STRING NOT NULL,
  `card_number` STRING,
  `amount` BIGINT,
  `paid_at` TIMESTAMP(3),
  WATERMARK FOR `paid_at` AS `paid_at` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'payments',
  'properties.bootstrap.servers' = '${cluster.main.proxy.bootstrap_servers}',
  'properties.security.protocol' = 'SASL_PLAINTEXT',
  'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.plain.PlainLoginModule required username="${cluster.main.identities.fraud-engine.username}" password="${cluster.main.identities.fraud-engine.password}";',
  'properties.group.id' = 'bank.large_payments',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'payments-value',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `large_payments` (
  `id` STRING NOT NULL,
  `card_number` STRING,
  `amount` BIGINT,
  `paid_at` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'large_payments',
  'properties.bootstrap.servers' = '${cluster.main.proxy.bootstrap_servers}',
  'properties.security.protocol' = 'SASL_PLAINTEXT',
  'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security.plain.PlainLoginModule required username="${cluster.main.identities.fraud-engine.username}" password="${cluster.main.identities.fraud-engine.password}";',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'bank.large_payments',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'large_payments-value',
  'value.avro-confluent.schema' = '{"type":"record","name":"LargePayments","namespace":"bank","doc":"Passes the number on, so the job writes through the proxy too.","fields":[{"name":"id","type":"string"},{"name":"card_number","type":["null","string"],"default":null},{"name":"amount","type":["null","long"],"default":null},{"name":"paid_at","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `large_payments`
SELECT
  `id`,
  `card_number`,
  `amount`,
  `paid_at`
FROM (
SELECT id, card_number, amount, paid_at FROM payments WHERE amount > 100000
);
