SET 'pipeline.name' = 'shop.first_order';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.first_order

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
  'properties.group.id' = 'shop.first_order',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `first_order` (
  `customer` STRING NOT NULL,
  `id` BIGINT NOT NULL,
  `at` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'first_order',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.first_order',
  'key.format' = 'raw',
  'key.fields' = 'customer',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `first_order`
SELECT
  `customer`,
  `id`,
  `at`
FROM (
SELECT customer, id, `at` FROM (
  SELECT customer, id, `at`, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY `at` ASC) AS rn FROM orders
) WHERE rn = 1
);
