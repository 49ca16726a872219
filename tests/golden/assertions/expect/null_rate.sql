-- null_rate: {'column': 'customer', 'max': 0.01}
SELECT * FROM (SELECT COUNT(*) AS records, COUNT(*) - COUNT(customer) AS nulls FROM payments) WHERE nulls * 100 > 1 * records;
-- judged:
SELECT COUNT(*) AS records FROM payments;

-- null_rate: {'column': 'customer', 'max': '5%', 'window': '10 minutes'}
SELECT * FROM (SELECT window_start, window_end, COUNT(*) AS records, COUNT(*) - COUNT(customer) AS nulls FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(`at`), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end) WHERE nulls * 20 > 1 * records;
-- judged:
SELECT window_start FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(`at`), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end;

