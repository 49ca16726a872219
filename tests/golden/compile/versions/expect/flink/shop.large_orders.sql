SET 'pipeline.name' = 'shop.large_orders';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.large_orders

CREATE TABLE `orders_v2` (
  `id` STRING NOT NULL,
  `amount` DECIMAL(12, 2) NOT NULL,
  `placed_at` TIMESTAMP(3),
  WATERMARK FOR `placed_at` AS `placed_at` - INTERVAL '2' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders.v2',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.large_orders',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders.v2-value',
  'value.fields-include' = 'ALL'
);

CREATE TEMPORARY VIEW `orders_v1` AS
SELECT id, CAST(amount AS BIGINT) AS amount_cents FROM orders_v2
;

CREATE TABLE `large_orders` (
  `id` STRING NOT NULL,
  `amount_cents` BIGINT NOT NULL
) WITH (
  'connector' = 'kafka',
  'topic' = 'large_orders',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.large_orders',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'large_orders-value',
  'value.avro-confluent.schema' = '{"type":"record","name":"LargeOrders","namespace":"shop","fields":[{"name":"id","type":"string"},{"name":"amount_cents","type":"long"}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `large_orders`
SELECT
  `id`,
  `amount_cents`
FROM (
SELECT id, amount_cents FROM orders_v1 WHERE amount_cents > 100000
);
