-- name: refused_window_on_plain_time
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE things, DESCRIPTOR(ts2), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: refused_hop_uneven
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: refused_bare_null
SELECT order_id, NULL AS n FROM orders;
-- name: refused_unknown_column
SELECT order_id, nothing FROM orders;
-- name: refused_not_grouped
SELECT user_id, amount FROM orders GROUP BY user_id;
-- name: refused_over_two_windows
SELECT SUM(amount) OVER (PARTITION BY user_id ORDER BY ts) AS a, SUM(amount) OVER (PARTITION BY status ORDER BY ts) AS b FROM orders;
-- name: refused_over_desc
SELECT SUM(amount) OVER (PARTITION BY user_id ORDER BY ts DESC) AS a FROM orders;
-- name: refused_over_following
SELECT SUM(amount) OVER (PARTITION BY user_id ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS a FROM orders;
-- name: refused_over_updating
SELECT id, SUM(credit) OVER (PARTITION BY tier ORDER BY updated_at) AS s FROM customers;
-- name: refused_set_types
SELECT order_id FROM orders UNION ALL SELECT ts FROM payments;
-- name: refused_compare
SELECT order_id FROM orders WHERE ts > 5;
-- name: refused_sort_unbounded
SELECT order_id, amount FROM orders ORDER BY amount;
