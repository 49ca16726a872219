SET 'pipeline.name' = 'shop.with_country';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';
SET 'table.exec.state.ttl' = '1 d';

-- model.with_country

CREATE TABLE `customers` (
  `customer` STRING NOT NULL,
  `country` STRING,
  PRIMARY KEY (`customer`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.with_country',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `totals` (
  `customer` STRING NOT NULL,
  `n` BIGINT NOT NULL,
  `total` DECIMAL(38, 2),
  PRIMARY KEY (`customer`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'totals',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'properties.group.id' = 'shop.with_country',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `with_country` (
  `customer` STRING NOT NULL,
  `country` STRING,
  `n` BIGINT NOT NULL,
  PRIMARY KEY (`customer`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'with_country',
  'properties.bootstrap.servers' = '${cluster.main.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'shop.with_country',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `with_country`
SELECT
  `customer`,
  `country`,
  `n`
FROM (
SELECT t.customer, c.country, t.n
FROM totals AS t LEFT JOIN customers AS c ON t.customer = c.customer
);
