SET 'pipeline.name' = 'shop.by_country';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.by_country: An updating stream over an updating stream.

CREATE TABLE `customers` (
  `customer` STRING NOT NULL,
  `country` STRING,
  PRIMARY KEY (`customer`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.by_country',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `by_country` (
  `country` STRING NOT NULL,
  `n` BIGINT NOT NULL,
  PRIMARY KEY (`country`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'by_country',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.by_country',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `by_country`
SELECT
  `country`,
  `n`
FROM (
SELECT country, COUNT(*) AS n FROM customers GROUP BY country
);
