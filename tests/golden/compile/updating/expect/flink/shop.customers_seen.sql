SET 'pipeline.name' = 'shop.customers_seen';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.customers_seen

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
  'properties.group.id' = 'shop.customers_seen',
  'key.format' = 'raw',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'customers-value',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `customers_seen` (
  `customer_id` BIGINT NOT NULL,
  `country` STRING,
  `updated_at` TIMESTAMP(3),
  PRIMARY KEY (`customer_id`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers_seen',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.customers_seen',
  'key.format' = 'avro-confluent',
  'key.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'key.avro-confluent.subject' = 'customers_seen-key',
  'key.avro-confluent.schema' = '{"type":"record","name":"CustomersSeenKey","namespace":"shop","fields":[{"name":"customer_id","type":"long"}]}',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = '${cluster.main.schema_registry.url}',
  'value.avro-confluent.subject' = 'customers_seen-value',
  'value.avro-confluent.schema' = '{"type":"record","name":"CustomersSeen","namespace":"shop","fields":[{"name":"customer_id","type":"long"},{"name":"country","type":["null","string"],"default":null},{"name":"updated_at","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}',
  'value.fields-include' = 'ALL'
);

INSERT INTO `customers_seen`
SELECT
  `customer_id`,
  `country`,
  `updated_at`
FROM (
SELECT customer_id, country, updated_at FROM customers
);
