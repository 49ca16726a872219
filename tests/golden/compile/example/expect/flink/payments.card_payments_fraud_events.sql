SET 'pipeline.name' = 'payments.card_payments_fraud_events';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.card_payments_fraud_events: Suspicious payments large enough to call somebody about.

CREATE TABLE `fraud_events_enriched` (
  `payment_id` STRING NOT NULL,
  `customer_id` STRING NOT NULL,
  `amount_cents` BIGINT,
  `event_time` TIMESTAMP(3),
  `country` STRING,
  `risk_score` DOUBLE,
  WATERMARK FOR `event_time` AS `event_time` - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'fraud.events.enriched',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'properties.group.id' = 'payments.card_payments_fraud_events',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `card_payments_fraud_events` (
  `payment_id` STRING NOT NULL,
  `customer_id` STRING NOT NULL,
  `risk_score` DOUBLE,
  `event_time` TIMESTAMP(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'card_payments_fraud_events',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'payments.card_payments_fraud_events',
  'key.format' = 'raw',
  'key.fields' = 'payment_id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `card_payments_fraud_events`
SELECT
  `payment_id`,
  `customer_id`,
  `risk_score`,
  `event_time`
FROM (
SELECT payment_id, customer_id, risk_score, event_time
FROM fraud_events_enriched
WHERE amount_cents > 10000
);
