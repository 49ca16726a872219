SET 'pipeline.name' = 'shop.large_orders_file';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.large_orders_file: A sink with a query of its own is a job, a topic and a connector.

CREATE TABLE `orders` (
  `id` BIGINT NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.large_orders_file',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders-value',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `large_orders_file` (
  `id` BIGINT NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders.large',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.large_orders_file',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders.large-value',
  'value.avro-confluent.schema' = '{"type":"record","name":"LargeOrdersFile","namespace":"shop","doc":"A sink with a query of its own is a job, a topic and a connector.","fields":[{"name":"id","type":"long"},{"name":"amount","type":["null","int"],"default":null}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `large_orders_file`
SELECT
  `id`,
  `amount`
FROM (
SELECT id, amount FROM orders WHERE amount > 1000
);
