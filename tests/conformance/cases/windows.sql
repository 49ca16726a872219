-- name: tumble
SELECT user_id, window_start, window_end, SUM(amount) AS s, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end;
-- name: tumble_averages
SELECT window_start, window_end, AVG(qty) AS aq, AVG(amount) AS aa, MIN(status) AS m, MAX(ts) AS latest FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_rows
SELECT order_id, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES));
-- name: tumble_without_table
SELECT window_start, window_end, SUM(amount) AS s FROM TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES) GROUP BY window_start, window_end;
-- name: tumble_named_arguments
SELECT window_start, window_end, SUM(amount) AS s FROM TABLE(TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_named_offset
SELECT window_start, window_end, SUM(amount) AS s FROM TABLE(TUMBLE(DATA => TABLE orders, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '5' MINUTES, `OFFSET` => INTERVAL '1' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_negative_offset
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL -'1' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_over_query
SELECT window_start, SUM(amount) AS s FROM TABLE(TUMBLE((SELECT * FROM orders WHERE amount > 20), DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_over_cte
WITH big AS (SELECT order_id, amount, ts FROM orders WHERE amount > 20) SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE big, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_start_only
SELECT window_start, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start;
-- name: tumble_distinct
SELECT window_start, window_end, COUNT(DISTINCT user_id) AS u, COUNT(DISTINCT status) FILTER (WHERE amount > 50) AS d, SUM(amount) FILTER (WHERE status = 'paid') AS paid FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_first_last
SELECT window_start, window_end, FIRST_VALUE(status) AS f, LAST_VALUE(status) AS l, LAST_VALUE(order_id) AS o FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_listagg
SELECT user_id, window_start, window_end, LISTAGG(status) AS l, LISTAGG(CAST(order_id AS STRING), ';') AS o FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end;
-- name: tumble_having
SELECT user_id, window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end HAVING COUNT(*) > 3;
-- name: tumble_window_time
SELECT user_id, window_start, window_end, window_time, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES)) GROUP BY user_id, window_start, window_end, window_time;
-- name: tumble_of_tumble
WITH small AS (SELECT user_id, window_time AS closed, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTES)) GROUP BY user_id, window_start, window_end, window_time) SELECT window_start, window_end, COUNT(*) AS c, SUM(s) AS s FROM TABLE(TUMBLE(TABLE small, DESCRIPTOR(closed), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: tumble_cascade_window
SELECT window_start, window_end, COUNT(*) AS users, SUM(s) AS s FROM (SELECT user_id, window_start, window_end, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end) GROUP BY window_start, window_end;
-- name: hop
SELECT user_id, window_start, window_end, SUM(amount) AS s, COUNT(*) AS c FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '6' MINUTES)) GROUP BY user_id, window_start, window_end;
-- name: hop_all
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTES, INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: cumulate
SELECT user_id, window_start, window_end, SUM(amount) AS s, COUNT(*) AS c FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES)) GROUP BY user_id, window_start, window_end;
-- name: session
-- inputs: late, calm
SELECT user_id, window_start, window_end, SUM(amount) AS s, COUNT(*) AS c FROM TABLE(SESSION(TABLE orders PARTITION BY user_id, DESCRIPTOR(ts), INTERVAL '1' MINUTES)) GROUP BY user_id, window_start, window_end;
-- name: session_all
-- inputs: late, calm
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(SESSION(TABLE orders, DESCRIPTOR(ts), INTERVAL '12' SECONDS)) GROUP BY window_start, window_end;
-- name: grouping_sets
SELECT window_start, window_end, user_id, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, GROUPING SETS ((user_id), ());
-- name: rollup
SELECT window_start, window_end, user_id, status, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, ROLLUP (user_id, status);
-- name: group_tumble
SELECT user_id, TUMBLE_START(ts, INTERVAL '5' MINUTE) AS ws, COUNT(*) AS c FROM orders GROUP BY user_id, TUMBLE(ts, INTERVAL '5' MINUTE);
-- name: group_tumble_rowtime
SELECT TUMBLE_START(ts, INTERVAL '5' MINUTE) AS ws, TUMBLE_END(ts, INTERVAL '5' MINUTE) AS we, TUMBLE_ROWTIME(ts, INTERVAL '5' MINUTE) AS wt, user_id, SUM(amount) AS s, AVG(qty) AS q FROM orders GROUP BY TUMBLE(ts, INTERVAL '5' MINUTE), user_id;
-- name: group_tumble_filtered
SELECT customer, TUMBLE_START(ts, INTERVAL '5' MINUTE) AS window_start, SUM(amount) AS total FROM (SELECT user_id AS customer, amount, ts FROM orders WHERE status IN ('paid', 'shipped')) AS o GROUP BY customer, TUMBLE(ts, INTERVAL '5' MINUTE);
-- name: group_hop
SELECT HOP_START(ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE) AS ws, HOP_END(ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE) AS we, COUNT(*) AS c FROM orders GROUP BY HOP(ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE);
-- name: group_hop_uneven
SELECT HOP_START(ts, INTERVAL '2' MINUTE, INTERVAL '5' MINUTE) AS ws, COUNT(*) AS c FROM orders GROUP BY HOP(ts, INTERVAL '2' MINUTE, INTERVAL '5' MINUTE);
-- name: group_session
-- inputs: late, calm
SELECT SESSION_START(ts, INTERVAL '1' MINUTE) AS ws, SESSION_END(ts, INTERVAL '1' MINUTE) AS we, user_id, COUNT(*) AS c FROM orders GROUP BY SESSION(ts, INTERVAL '1' MINUTE), user_id;
-- name: window_join_full
-- inputs: late, calm
SELECT L.order_id, R.pay_id, COALESCE(L.window_start, R.window_start) AS ws FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L FULL JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R ON L.order_id = R.order_id AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- name: window_join_inner
-- inputs: late, calm
SELECT L.order_id, R.pay_id, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R ON L.order_id = R.order_id AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- name: window_join_semi
-- inputs: late, calm
SELECT L.order_id, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L WHERE L.order_id IN (SELECT order_id FROM (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R WHERE L.window_start = R.window_start AND L.window_end = R.window_end);
-- name: window_top_n
SELECT window_start, user_id, s, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY s DESC) AS rn FROM (SELECT window_start, window_end, user_id, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, user_id)) WHERE rn <= 2;
-- name: window_top_n_rows
SELECT window_start, order_id, amount, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, user_id ORDER BY amount DESC) AS rn FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) WHERE rn <= 2;
-- name: window_top_n_ties
SELECT window_start, order_id, qty, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY qty DESC) AS rn FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) WHERE rn <= 3;
-- name: window_dedup_last
SELECT window_start, order_id, ts, user_id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, user_id ORDER BY ts DESC) AS rn FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) WHERE rn = 1;
-- name: window_upsert_input
SELECT window_start, window_end, currency, COUNT(*) AS c, MAX(rate) AS m FROM TABLE(TUMBLE(TABLE rates, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, currency;
-- name: union_window
-- inputs: late, calm
WITH u AS (SELECT order_id, ts FROM orders UNION ALL SELECT order_id, ts FROM payments) SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
