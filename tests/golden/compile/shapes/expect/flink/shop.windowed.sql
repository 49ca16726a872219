SET 'pipeline.name' = 'shop.windowed';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.windowed

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
  'properties.group.id' = 'shop.windowed',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `windowed` (
  `customer` STRING NOT NULL,
  `window_start` TIMESTAMP(3) NOT NULL,
  `window_end` TIMESTAMP(3) NOT NULL,
  `n` BIGINT NOT NULL,
  `total` DECIMAL(38, 2)
) WITH (
  'connector' = 'kafka',
  'topic' = 'windowed',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.windowed',
  'key.format' = 'raw',
  'key.fields' = 'customer',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `windowed`
SELECT
  `customer`,
  `window_start`,
  `window_end`,
  `n`,
  `total`
FROM (
SELECT customer, window_start, window_end, COUNT(*) AS n, SUM(amount) AS total
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(`at`), INTERVAL '5' MINUTE))
GROUP BY customer, window_start, window_end
);
