SET 'pipeline.name' = 'shop.orders_by_country';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.orders_by_country

CREATE TABLE `customers` (
  `customer_id` BIGINT NOT NULL,
  `country` STRING,
  `updated_at` TIMESTAMP(3),
  WATERMARK FOR `updated_at` AS `updated_at` - INTERVAL '5' SECOND,
  PRIMARY KEY (`customer_id`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.orders_by_country',
  'key.format' = 'raw',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'customers-value',
  'value.fields-include' = 'ALL'
);

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
  'properties.group.id' = 'shop.orders_by_country',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.ignore-parse-errors' = 'true',
  'value.fields-include' = 'ALL'
);

CREATE TEMPORARY VIEW `big_orders` AS
SELECT order_id, customer_id, amount, ordered_at, `day` FROM orders WHERE amount >= 10
;

CREATE TABLE `orders_by_country` (
  `order_id` STRING NOT NULL,
  `country` STRING,
  `amount` DECIMAL(10, 2),
  `ordered_at` TIMESTAMP(3),
  `updated_at` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders_by_country',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.orders_by_country',
  'key.format' = 'json',
  'key.fields' = 'country;order_id',
  'key.json.timestamp-format.standard' = 'SQL',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'value.fields-include' = 'ALL'
);

INSERT INTO `orders_by_country`
SELECT
  `order_id`,
  `country`,
  `amount`,
  `ordered_at`,
  `updated_at`
FROM (
-- two time attributes: the order's goes on as one
SELECT o.order_id, c.country, o.amount, o.ordered_at, c.updated_at
FROM big_orders AS o
JOIN customers FOR SYSTEM_TIME AS OF o.ordered_at AS c ON o.customer_id = c.customer_id
);
