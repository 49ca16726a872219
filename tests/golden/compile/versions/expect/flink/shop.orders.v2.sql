SET 'pipeline.name' = 'shop.orders.v2';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.orders.v2: Every order, in the unit of money of its version.

CREATE TABLE `orders_raw` (
  `id` STRING NOT NULL,
  `amount` DECIMAL(12, 2) NOT NULL,
  `placed_at` TIMESTAMP(3),
  WATERMARK FOR `placed_at` AS `placed_at` - INTERVAL '2' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders.raw',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.orders.v2',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders.raw-value',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `orders_v2` (
  `id` STRING NOT NULL,
  `amount` DECIMAL(12, 2) NOT NULL,
  `placed_at` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders.v2',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.orders.v2',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'orders.v2-value',
  'value.avro-confluent.schema' = '{"type":"record","name":"OrdersV2","namespace":"shop","doc":"Every order, in the unit of money of its version.","fields":[{"name":"id","type":"string"},{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},{"name":"placed_at","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `orders_v2`
SELECT
  `id`,
  `amount`,
  `placed_at`
FROM (
SELECT id, amount, placed_at FROM orders_raw WHERE amount > 0
);
