SET 'pipeline.name' = 'payments.customer_balance_5m';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.customer_balance_5m: What each customer spent in each five minutes.

CREATE TABLE `payments_events` (
  `payment_id` STRING NOT NULL,
  `customer_id` STRING NOT NULL,
  `card_number` STRING,
  `amount_cents` BIGINT,
  `currency` STRING,
  `status` STRING,
  `event_time` TIMESTAMP(3),
  WATERMARK FOR `event_time` AS `event_time` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'payments.events.v1',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'properties.group.id' = 'payments.customer_balance_5m',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.prod-eu.schema_registry.url}',
  'value.avro-confluent.subject' = 'payments.events.v1-value',
  'value.fields-include' = 'ALL'
);

CREATE TEMPORARY VIEW `payments_clean` AS
SELECT payment_id, customer_id, card_number, amount_cents, currency, status, event_time
FROM payments_events
WHERE status IN ('AUTHORIZED', 'CAPTURED')
;

CREATE TABLE `customer_balance_5m` (
  `customer_id` STRING NOT NULL,
  `window_start` TIMESTAMP(3) NOT NULL,
  `total_amount_cents` BIGINT
) WITH (
  'connector' = 'kafka',
  'topic' = 'customer_balance_5m',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'payments.customer_balance_5m',
  'key.format' = 'json',
  'key.fields' = 'customer_id;window_start',
  'key.json.timestamp-format.standard' = 'SQL',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `customer_balance_5m`
SELECT
  `customer_id`,
  `window_start`,
  `total_amount_cents`
FROM (
SELECT
  customer_id,
  TUMBLE_START(event_time, INTERVAL '5' MINUTE) AS window_start,
  SUM(amount_cents) AS total_amount_cents
FROM payments_clean
GROUP BY
  customer_id,
  TUMBLE(event_time, INTERVAL '5' MINUTE)
);
