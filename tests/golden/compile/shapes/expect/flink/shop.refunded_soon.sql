SET 'pipeline.name' = 'shop.refunded_soon';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.refunded_soon

CREATE TABLE `orders` (
  `id` BIGINT NOT NULL,
  `customer` STRING NOT NULL,
  `amount` DECIMAL(10, 2),
  `tags` ARRAY<STRING>,
  `at` TIMESTAMP(3),
  WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.refunded_soon',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `refunds` (
  `order_id` BIGINT NOT NULL,
  `refunded` DECIMAL(10, 2),
  `refunded_at` TIMESTAMP(3),
  WATERMARK FOR `refunded_at` AS `refunded_at`
) WITH (
  'connector' = 'kafka',
  'topic' = 'refunds',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.refunded_soon',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `refunded_soon` (
  `id` BIGINT NOT NULL,
  `at` TIMESTAMP(3),
  `refunded_at` TIMESTAMP(3),
  `refunded` DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'refunded_soon',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.refunded_soon',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `refunded_soon`
SELECT
  `id`,
  `at`,
  CAST(`refunded_at` AS TIMESTAMP(3)) AS `refunded_at`,
  `refunded`
FROM (
SELECT o.id, o.`at`, r.refunded_at, r.refunded
FROM orders AS o JOIN refunds AS r
  ON o.id = r.order_id AND r.refunded_at BETWEEN o.`at` AND o.`at` + INTERVAL '1' DAY
);
