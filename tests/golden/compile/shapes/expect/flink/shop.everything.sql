SET 'pipeline.name' = 'shop.everything';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.everything

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
  'properties.group.id' = 'shop.everything',
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
  'properties.group.id' = 'shop.everything',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `everything` (
  `id` BIGINT NOT NULL,
  `amount` DECIMAL(10, 2),
  `at` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'everything',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.everything',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `everything`
SELECT
  `id`,
  `amount`,
  `at`
FROM (
SELECT id, amount, `at` FROM orders
UNION ALL
SELECT order_id, -refunded, refunded_at FROM refunds
);
