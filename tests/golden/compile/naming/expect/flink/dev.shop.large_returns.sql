SET 'pipeline.name' = 'dev.shop.large_returns';
SET 'execution.runtime-mode' = 'streaming';
SET 'table.local-time-zone' = 'UTC';
SET 'table.exec.source.idle-timeout' = '30 s';
SET 'table.exec.sink.require-on-conflict' = 'false';
SET 'table.exec.sink.upsert-materialize' = 'NONE';
SET 'execution.checkpointing.interval' = '30 s';

-- model.large_returns

CREATE TABLE `returns` (
  `id` STRING NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'returns',
  'properties.bootstrap.servers' = '${cluster.us.kafka.bootstrap_servers}',
  'properties.group.id' = 'dev.shop.large_returns',
  'scan.startup.mode' = 'earliest-offset',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

CREATE TABLE `large_returns` (
  `id` STRING NOT NULL,
  `amount` INT
) WITH (
  'connector' = 'kafka',
  'topic' = 'dev.large_returns',
  'properties.bootstrap.servers' = '${cluster.us.kafka.bootstrap_servers}',
  'sink.delivery-guarantee' = 'at-least-once',
  'sink.transactional-id-prefix' = 'dev.shop.large_returns',
  'key.format' = 'raw',
  'key.fields' = 'id',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'SQL',
  'value.fields-include' = 'ALL'
);

INSERT INTO `large_returns`
SELECT
  `id`,
  `amount`
FROM (
SELECT id, amount FROM `returns` WHERE amount > 100
);
