-- name: dedup_first
SELECT order_id, user_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts ASC) AS rn FROM orders) WHERE rn = 1;
-- name: dedup_first_by_user
SELECT user_id, order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id, status ORDER BY ts) AS rn FROM orders) WHERE rn = 1;
-- name: dedup_last
SELECT user_id, order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1;
-- name: dedup_proctime
SELECT id, tags FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ok ORDER BY PROCTIME() ASC) AS rn FROM things) WHERE rn = 1;
-- name: top_n
SELECT user_id, amount, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY amount DESC) AS rn FROM orders) WHERE rn <= 3;
-- name: top_n_ties
SELECT user_id, order_id, qty FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY qty DESC) AS rn FROM orders) WHERE rn <= 3;
-- name: top_n_nulls
SELECT user_id, order_id, qty, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY qty ASC) AS rn FROM orders) WHERE rn <= 2;
-- name: top_n_nulls_last
SELECT user_id, order_id, qty, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY qty ASC NULLS LAST, amount DESC) AS rn FROM orders) WHERE rn <= 2;
-- name: top_n_two_keys
SELECT user_id, status, amount, order_id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY status DESC, amount) AS rn FROM orders) WHERE rn < 4;
-- name: top_n_of_aggregate
SELECT user_id, s, rn FROM (SELECT user_id, s, ROW_NUMBER() OVER (ORDER BY s DESC) AS rn FROM (SELECT user_id, SUM(amount) AS s FROM orders GROUP BY user_id)) WHERE rn <= 3;
-- name: top_n_upsert
SELECT tier, id, credit FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY tier ORDER BY credit DESC) AS rn FROM customers) WHERE rn <= 2;
-- name: top_n_rank
SELECT user_id, amount FROM (SELECT *, RANK() OVER (PARTITION BY user_id ORDER BY amount DESC) AS rn FROM orders) WHERE rn <= 3;
-- name: order_by_limit
SELECT order_id, amount FROM orders ORDER BY amount DESC LIMIT 5;
-- name: order_by_limit_nulls
SELECT order_id, qty, amount FROM orders ORDER BY qty, amount LIMIT 8;
-- name: order_by_limit_offset
SELECT order_id, amount FROM orders ORDER BY amount DESC LIMIT 5 OFFSET 3;
-- name: order_by_rowtime
SELECT order_id, ts FROM orders ORDER BY ts;
-- name: limit_only
SELECT order_id, user_id FROM orders LIMIT 7;
-- name: qualify
SELECT user_id, order_id, amount FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY amount DESC) = 1;
-- name: over_range
-- inputs: late, calm
SELECT order_id, ts, SUM(amount) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL '2' MINUTE PRECEDING AND CURRENT ROW) AS s FROM orders;
-- name: over_rows
-- inputs: late, calm
SELECT order_id, SUM(amount) OVER w AS s, AVG(qty) OVER w AS a, COUNT(*) OVER w AS c FROM orders WINDOW w AS (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 3 PRECEDING AND CURRENT ROW);
-- name: over_unbounded
-- inputs: late, calm
SELECT order_id, ts, SUM(amount) OVER (PARTITION BY user_id ORDER BY ts) AS s, COUNT(status) OVER (PARTITION BY user_id ORDER BY ts) AS c FROM orders;
-- name: over_unbounded_rows
-- inputs: late, calm
SELECT order_id, MAX(amount) OVER (PARTITION BY user_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS m FROM orders;
-- name: over_lag
-- inputs: late, calm
SELECT order_id, amount, LAG(amount) OVER (PARTITION BY user_id ORDER BY ts) AS p, LAG(status, 2, 'none') OVER (PARTITION BY user_id ORDER BY ts) AS q FROM orders;
-- name: over_first_last
-- inputs: late, calm
SELECT order_id, FIRST_VALUE(status) OVER (PARTITION BY user_id ORDER BY ts) AS f, LAST_VALUE(status) OVER (PARTITION BY user_id ORDER BY ts) AS l FROM orders;
-- name: over_row_number
-- inputs: late, calm
SELECT order_id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts) AS n FROM orders;
-- name: over_then_filter
-- inputs: late, calm
SELECT user_id, order_id, c FROM (SELECT user_id, order_id, COUNT(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL '1' MINUTE PRECEDING AND CURRENT ROW) AS c FROM orders) WHERE c >= 2;
