SET 'pipeline.name' = 'shop.hopping';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.hopping

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
  'properties.group.id' = 'shop.hopping',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `hopping` (
  `customer` STRING NOT NULL,
  `window_start` TIMESTAMP(3) NOT NULL,
  `most` DECIMAL(10, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'hopping',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.hopping',
  'key.format' = 'json',
  'key.fields' = 'customer;window_start',
  'key.json.timestamp-format.standard' = 'SQL',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `hopping`
SELECT
  `customer`,
  `window_start`,
  `most`
FROM (
SELECT customer, HOP_START(`at`, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE) AS window_start, MAX(amount) AS most
FROM orders
GROUP BY customer, HOP(`at`, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)
);
