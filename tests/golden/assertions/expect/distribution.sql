-- distribution: {'column': 'status', 'shares': {'NEW': {'min': 0.1, 'max': '30%'}}}
SELECT * FROM (SELECT COUNT(*) AS records, COUNT(CASE WHEN status = 'NEW' THEN 1 END) AS `records of NEW` FROM payments) WHERE `records of NEW` * 10 < 1 * records OR `records of NEW` * 10 > 3 * records;
-- judged:
SELECT COUNT(*) AS records FROM payments;

-- distribution: {'column': 'cents', 'window': '1 hour', 'quantiles': {'p50': {'max': 100}, 'p99.9': {'min': 1, 'max': 1000}}}
SELECT * FROM (SELECT window_start, window_end, COUNT(cents) AS records, COUNT(CASE WHEN cents <= 100 THEN 1 END) AS `p50 <= 100`, COUNT(CASE WHEN cents < 1 THEN 1 END) AS `p99.9 < 1`, COUNT(CASE WHEN cents <= 1000 THEN 1 END) AS `p99.9 <= 1000` FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(`at`), INTERVAL '1' HOUR)) GROUP BY window_start, window_end) WHERE records > 0 AND (`p50 <= 100` * 2 < 1 * records OR `p99.9 < 1` * 1000 >= 999 * records OR `p99.9 <= 1000` * 1000 < 999 * records);
-- judged:
SELECT window_start FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(`at`), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;

