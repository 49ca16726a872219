-- name: interval_join
-- inputs: late, calm
SELECT o.order_id, p.pay_id, o.amount FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE;
-- name: interval_join_where
-- inputs: late, calm
SELECT o.order_id, p.pay_id, p.ts FROM orders o, payments p WHERE o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE;
-- name: interval_join_left
-- inputs: late, calm
SELECT o.order_id, o.ts, p.pay_id FROM orders o LEFT JOIN payments p ON o.order_id = p.order_id AND p.ts >= o.ts - INTERVAL '1' MINUTE AND p.ts < o.ts + INTERVAL '3' MINUTE;
-- name: interval_join_right
-- inputs: late, calm
SELECT o.order_id, p.ts, p.pay_id FROM orders o RIGHT JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE;
-- name: interval_join_full
-- inputs: late, calm
SELECT o.order_id, o.ts, p.pay_id FROM orders o FULL JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE;
-- name: interval_join_filtered
-- inputs: late, calm
SELECT o.order_id, p.pay_id, p.paid - o.amount AS d FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '5' MINUTE AND p.paid >= o.amount WHERE o.status = 'paid';
-- name: interval_join_window
-- inputs: late, calm
WITH j AS (SELECT o.order_id, o.amount, o.ts FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE) SELECT window_start, window_end, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE j, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: temporal_join
-- inputs: late, calm
SELECT o.order_id, o.ts, r.rate FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency;
-- name: temporal_join_left
-- inputs: late, calm
SELECT o.order_id, o.ts, o.amount * r.rate AS converted FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency;
-- name: temporal_join_filtered
-- inputs: late, calm
SELECT o.order_id, o.user_id, o.amount, o.ts, r.rate FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency WHERE r.rate >= 1.15;
-- name: temporal_join_condition
-- inputs: late, calm
SELECT o.order_id, o.ts, r.rate FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency AND o.amount > 50;
-- name: temporal_join_customers
-- inputs: late, calm
SELECT o.order_id, o.ts, c.name, c.tier FROM orders AS o LEFT JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.user_id = c.id;
-- name: temporal_join_dedup_view
-- inputs: late, calm
WITH versions AS (SELECT pay_id, order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts DESC) AS rn FROM payments) WHERE rn = 1) SELECT o.order_id, o.ts, v.pay_id FROM orders AS o LEFT JOIN versions FOR SYSTEM_TIME AS OF o.ts AS v ON o.order_id = v.order_id;
-- name: temporal_then_window
-- inputs: late, calm
WITH j AS (SELECT o.order_id, o.amount * r.rate AS usd, o.ts FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency) SELECT window_start, window_end, SUM(usd) AS s, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE j, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: join_inner
SELECT o.order_id, p.pay_id FROM orders o JOIN payments p ON o.order_id = p.order_id;
-- name: join_left
SELECT o.order_id, o.user_id, p.pay_id FROM orders o LEFT JOIN payments p ON o.order_id = p.order_id;
-- name: join_right
SELECT o.order_id, p.pay_id FROM orders o RIGHT JOIN payments p ON o.order_id = p.order_id;
-- name: join_full
SELECT o.order_id, p.pay_id FROM orders o FULL OUTER JOIN payments p ON o.order_id = p.order_id AND o.amount > 20;
-- name: join_upsert
SELECT o.order_id, c.name, c.tier FROM orders o JOIN customers c ON o.user_id = c.id;
-- name: join_upsert_left
SELECT o.order_id, c.name FROM orders o LEFT JOIN customers c ON o.user_id = c.id;
-- name: join_using
SELECT order_id, amount, paid FROM orders JOIN payments USING (order_id);
-- name: join_cross
SELECT o.order_id, c.id FROM orders o CROSS JOIN customers c WHERE o.order_id < 3;
-- name: join_three
SELECT o.order_id, p.pay_id, c.tier FROM orders o JOIN payments p ON o.order_id = p.order_id JOIN customers c ON o.user_id = c.id WHERE o.amount > 30;
-- name: join_aggregate
SELECT c.tier, COUNT(*) AS n, SUM(o.amount) AS s FROM orders o JOIN customers c ON o.user_id = c.id GROUP BY c.tier;
-- name: join_self
SELECT a.order_id, b.qty FROM orders a JOIN orders b ON a.order_id = b.order_id AND a.qty < b.qty;
-- name: semi_in
SELECT order_id, user_id FROM orders WHERE order_id IN (SELECT order_id FROM payments WHERE paid > 40);
-- name: semi_exists
SELECT order_id, user_id FROM orders o WHERE EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.order_id AND p.paid > 40);
-- name: anti_not_exists
SELECT order_id, user_id FROM orders o WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.order_id);
-- name: anti_not_in
SELECT order_id, qty FROM orders WHERE order_id NOT IN (SELECT order_id FROM payments WHERE order_id IS NOT NULL);
-- name: scalar_subquery
SELECT order_id, amount FROM orders WHERE amount > (SELECT AVG(paid) FROM payments);
-- name: lateral_top
SELECT c.id, x.amount FROM customers c, LATERAL (SELECT amount FROM orders WHERE orders.user_id = c.id ORDER BY amount DESC LIMIT 3) AS x;
-- name: join_hints
SELECT /*+ STATE_TTL('o'='1d', 'c'='0s') */ o.order_id, c.name FROM orders o JOIN customers c ON o.user_id = c.id;
-- name: lateral_top_distinct
SELECT u.user_id, x.amount FROM (SELECT DISTINCT user_id FROM orders) u, LATERAL (SELECT amount FROM orders WHERE orders.user_id = u.user_id ORDER BY amount DESC LIMIT 3) AS x;
