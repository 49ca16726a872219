SET 'pipeline.name' = 'payments.fraud_events_enriched';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.fraud_events_enriched: Payments of risky customers, with what was known of the customer at the time.

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
  'properties.group.id' = 'payments.fraud_events_enriched',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.prod-eu.schema_registry.url}',
  'value.avro-confluent.subject' = 'payments.events.v1-value',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `customers_stream` (
  `customer_id` STRING NOT NULL,
  `country` STRING,
  `risk_score` DOUBLE,
  `updated_at` TIMESTAMP(3),
  WATERMARK FOR `updated_at` AS `updated_at` - INTERVAL '5' SECOND,
  PRIMARY KEY (`customer_id`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers_stream',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'properties.group.id' = 'payments.fraud_events_enriched',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TEMPORARY VIEW `payments_clean` AS
SELECT payment_id, customer_id, card_number, amount_cents, currency, status, event_time
FROM payments_events
WHERE status IN ('AUTHORIZED', 'CAPTURED')
;

CREATE TABLE `fraud_events_enriched` (
  `payment_id` STRING NOT NULL,
  `customer_id` STRING NOT NULL,
  `amount_cents` BIGINT,
  `event_time` TIMESTAMP(3),
  `country` STRING,
  `risk_score` DOUBLE
) WITH (
  'connector' = 'kafka',
  'topic' = 'fraud.events.enriched',
  'properties.bootstrap.servers' = '${cluster.prod-eu.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'payments.fraud_events_enriched',
  'key.format' = 'raw',
  'key.fields' = 'payment_id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `fraud_events_enriched`
SELECT
  `payment_id`,
  `customer_id`,
  `amount_cents`,
  `event_time`,
  `country`,
  `risk_score`
FROM (
SELECT p.payment_id, p.customer_id, p.amount_cents, p.event_time, c.country, c.risk_score
FROM payments_clean AS p
JOIN customers_stream FOR SYSTEM_TIME AS OF p.event_time AS c
  ON p.customer_id = c.customer_id
WHERE c.risk_score >= 0.7
);
