SET 'pipeline.name' = 'shop.spent_by_customer';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '10 s';
SET 'table.exec.state.ttl' = '7 d';

-- model.spent_by_customer: What each customer has spent so far.

CREATE TABLE `orders` (
  `order_id` STRING NOT NULL,
  `customer_id` BIGINT NOT NULL,
  `amount` DECIMAL(10, 2),
  `ordered_at` TIMESTAMP(3),
  `kafka_ts` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  `day` AS CAST(ordered_at AS DATE),
  WATERMARK FOR `ordered_at` AS `ordered_at` - INTERVAL '0.500' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.spent_by_customer',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.ignore-parse-errors' = 'true',
  'value.fields-include' = 'ALL'
);

CREATE TEMPORARY VIEW `big_orders` AS
SELECT order_id, customer_id, amount, ordered_at, `day` FROM orders WHERE amount >= 10
;

CREATE TABLE `spent_by_customer` (
  `customer_id` BIGINT NOT NULL,
  `spent` DECIMAL(38, 2),
  PRIMARY KEY (`customer_id`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'spent_by_customer',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.spent_by_customer',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `spent_by_customer`
SELECT
  `customer_id`,
  `spent`
FROM (
SELECT customer_id, SUM(amount) AS spent
FROM big_orders
GROUP BY customer_id
);
