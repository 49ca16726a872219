-- name: distinct_in_window
SELECT DISTINCT window_start, window_end, user_id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES));
-- name: group_window_without_aggregate
SELECT window_start, window_end, status FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, status;
-- name: window_of_last_rows
WITH latest AS (SELECT user_id, amount, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1) SELECT window_start, window_end, COUNT(*) AS c, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE latest, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: window_of_first_rows
WITH firsts AS (SELECT order_id, amount, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts) AS rn FROM orders) WHERE rn = 1) SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE firsts, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: window_of_upsert_projection
WITH few AS (SELECT currency, rate, ts FROM rates WHERE rate > 1.15) SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE few, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: hop_of_upsert
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(HOP(TABLE rates, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '4' MINUTES)) GROUP BY window_start, window_end;
-- name: window_of_over
-- inputs: late, calm
WITH numbered AS (SELECT order_id, ts, SUM(qty) OVER (PARTITION BY user_id ORDER BY ts) AS q FROM orders) SELECT window_start, window_end, MAX(q) AS m, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE numbered, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: window_of_union_of_one_table
WITH u AS (SELECT order_id, ts FROM orders WHERE qty > 4 UNION ALL SELECT order_id, ts FROM orders WHERE amount > 50) SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: group_window_behind_join
-- inputs: late, calm
SELECT TUMBLE_START(o.ts, INTERVAL '5' MINUTE) AS ws, COUNT(*) AS c FROM orders o JOIN payments p ON o.order_id = p.order_id GROUP BY TUMBLE(o.ts, INTERVAL '5' MINUTE);
-- name: group_by_hop_rows
SELECT user_id, COUNT(*) AS c, MIN(window_start) AS f FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '6' MINUTES)) GROUP BY user_id;
-- name: interval_join_chain
-- inputs: late, calm
SELECT a.order_id, p.pay_id, b.order_id AS other FROM orders a JOIN payments p ON a.order_id = p.order_id AND p.ts BETWEEN a.ts AND a.ts + INTERVAL '3' MINUTE JOIN orders b ON b.user_id = a.user_id AND b.ts BETWEEN a.ts - INTERVAL '1' MINUTE AND a.ts;
-- name: interval_join_left_window
-- inputs: late, calm
WITH j AS (SELECT o.order_id, o.ts, p.pay_id FROM orders o LEFT JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '2' MINUTE) SELECT window_start, window_end, COUNT(*) AS c, COUNT(pay_id) AS p FROM TABLE(TUMBLE(TABLE j, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end;
-- name: interval_join_strict
-- inputs: late, calm
SELECT o.order_id, p.pay_id FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts > o.ts - INTERVAL '2' MINUTE AND o.ts > p.ts - INTERVAL '4' MINUTE;
-- name: temporal_join_projected
-- inputs: late, calm
WITH gold AS (SELECT id, tier, updated_at FROM customers WHERE tier = 'gold') SELECT o.order_id, o.ts, g.tier FROM orders AS o LEFT JOIN gold FOR SYSTEM_TIME AS OF o.ts AS g ON o.user_id = g.id;
-- name: temporal_join_two
-- inputs: late, calm
SELECT o.order_id, r.rate, c.tier FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency LEFT JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.user_id = c.id;
-- name: temporal_join_comma
-- inputs: late, calm
SELECT o.order_id, r.rate FROM orders AS o, rates FOR SYSTEM_TIME AS OF o.ts AS r WHERE o.currency = r.currency AND r.rate > 1.1;
-- name: window_join_hop
-- inputs: late, calm
SELECT L.order_id, R.pay_id, L.window_end FROM (SELECT * FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '4' MINUTES))) L JOIN (SELECT * FROM TABLE(HOP(TABLE payments, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '4' MINUTES))) R ON L.order_id = R.order_id AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- name: window_join_aggregates
-- inputs: late, calm
WITH a AS (SELECT user_id, window_start, window_end, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY user_id, window_start, window_end), b AS (SELECT window_start, window_end, SUM(paid) AS p FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end) SELECT a.user_id, a.window_start, a.s, b.p FROM a LEFT JOIN b ON a.window_start = b.window_start AND a.window_end = b.window_end;
-- name: window_join_anti
-- inputs: late, calm
SELECT L.order_id, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L WHERE L.order_id NOT IN (SELECT order_id FROM (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R WHERE L.window_start = R.window_start AND L.window_end = R.window_end);
-- name: window_join_left
-- inputs: late, calm
SELECT L.order_id, R.pay_id, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L LEFT JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R ON L.order_id = R.order_id AND L.window_start = R.window_start AND L.window_end = R.window_end;
-- name: window_top_n_cumulate
SELECT window_start, window_end, user_id, c FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY c DESC, user_id) AS rn FROM (SELECT window_start, window_end, user_id, COUNT(*) AS c FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '6' MINUTES)) GROUP BY window_start, window_end, user_id)) WHERE rn <= 2;
-- name: window_top_n_hop
SELECT window_start, order_id, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY amount) AS rn FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '4' MINUTES))) WHERE rn <= 2;
-- name: window_dedup_first
SELECT window_start, order_id, ts, user_id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, user_id ORDER BY ts) AS rn FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) WHERE rn = 1;
-- name: window_qualify
SELECT window_start, order_id, amount FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) QUALIFY ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY amount DESC) <= 2;
-- name: dedup_first_two_keys
SELECT user_id, order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id, status ORDER BY ts, amount) AS rn FROM orders) WHERE rn = 1;
-- name: dedup_proctime_last
SELECT id, tags FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ok ORDER BY PROCTIME() DESC) AS rn FROM things) WHERE rn = 1;
-- name: dedup_qualify
SELECT order_id, user_id, ts FROM orders QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts ASC) = 1;
-- name: top_n_latest
SELECT user_id, order_id, ts, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn <= 2;
-- name: top_n_second
SELECT user_id, amount, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY amount DESC) AS rn FROM orders) WHERE rn BETWEEN 2 AND 3;
-- name: top_n_of_join
SELECT tier, order_id, amount FROM (SELECT c.tier, o.order_id, o.amount, ROW_NUMBER() OVER (PARTITION BY c.tier ORDER BY o.amount DESC, o.order_id) AS rn FROM orders o JOIN customers c ON o.user_id = c.id) WHERE rn <= 3;
-- name: top_n_through_projection
SELECT who, amount FROM (SELECT user_id AS who, amount, rn AS place FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY amount DESC) AS rn FROM orders)) WHERE place = 1;
-- name: over_of_window
WITH w AS (SELECT user_id, window_time AS wt, SUM(amount) AS s FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES)) GROUP BY user_id, window_start, window_end, window_time) SELECT user_id, wt, s, SUM(s) OVER (PARTITION BY user_id ORDER BY wt) AS total FROM w;
-- name: over_unpartitioned
-- inputs: late, calm
SELECT order_id, COUNT(*) OVER (ORDER BY ts) AS c, SUM(qty) OVER (ORDER BY ts) AS q FROM orders;
-- name: over_named_filtered
-- inputs: late, calm
SELECT order_id, SUM(CASE WHEN status = 'paid' THEN amount END) OVER w AS s, LISTAGG(status) OVER w AS l FROM orders WHERE qty > 2 WINDOW w AS (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
-- name: over_lag_number
SELECT order_id, LAG(order_id, 1, CAST(-1 AS BIGINT)) OVER (PARTITION BY user_id ORDER BY ts) AS p FROM orders;
-- name: over_lag_null_number
SELECT order_id, LAG(CASE WHEN qty > 5 THEN qty END, 1, -1) OVER (PARTITION BY user_id ORDER BY ts) AS p, LAG(CASE WHEN qty > 5 THEN amount END, 1, CAST(0.5 AS DECIMAL(10, 2))) OVER (PARTITION BY user_id ORDER BY ts) AS d FROM orders;
-- name: over_plain_order
SELECT order_id, SUM(qty) OVER (PARTITION BY user_id ORDER BY amount) AS s FROM orders WHERE amount > 60;
-- name: semi_aggregate
SELECT order_id, amount FROM orders o WHERE amount > (SELECT AVG(paid) FROM payments p WHERE p.order_id = o.order_id);
-- name: semi_two_columns
SELECT order_id, user_id FROM orders WHERE (order_id, amount) IN (SELECT order_id, paid FROM payments);
-- name: semi_grouped
SELECT user_id, COUNT(*) AS c FROM orders WHERE user_id IN (SELECT id FROM customers WHERE tier = 'gold') GROUP BY user_id;
-- name: exists_uncorrelated
SELECT order_id FROM orders WHERE amount > 90 AND EXISTS (SELECT 1 FROM payments WHERE paid > 1000);
-- name: scalar_subquery_selected
SELECT order_id, (SELECT MAX(paid) FROM payments) AS m FROM orders WHERE amount > 90;
-- name: join_using_left
SELECT amount, paid FROM orders LEFT JOIN payments USING (order_id) WHERE amount > 80;
-- name: join_not_equal
SELECT a.id AS a, b.id AS b FROM customers a JOIN customers b ON a.credit < b.credit;
-- name: join_star
SELECT * FROM orders o JOIN customers c ON o.user_id = c.id WHERE o.amount > 90;
-- name: cte_twice
WITH a AS (SELECT order_id, amount FROM orders WHERE amount > 50) SELECT x.order_id, y.amount FROM a x JOIN a y ON x.order_id = y.order_id;
-- name: union_of_grouped
SELECT user_id AS k, COUNT(*) AS c FROM orders GROUP BY user_id UNION ALL SELECT currency, COUNT(*) FROM orders GROUP BY currency;
-- name: except_nulls
SELECT status FROM orders EXCEPT SELECT status FROM orders WHERE status IS NOT NULL;
-- name: union_order_limit
SELECT order_id AS n FROM orders UNION ALL SELECT pay_id FROM payments ORDER BY n DESC LIMIT 4;
-- name: distinct_order_limit
SELECT DISTINCT user_id, currency FROM orders ORDER BY user_id DESC, currency LIMIT 5;
-- name: group_order_limit
SELECT user_id, SUM(amount) AS s FROM orders GROUP BY user_id ORDER BY SUM(amount) DESC LIMIT 2;
-- name: limit_in_cte
WITH a AS (SELECT order_id, amount FROM orders ORDER BY amount LIMIT 10) SELECT COUNT(*) AS c, SUM(amount) AS s FROM a;
-- name: values_joined
SELECT o.order_id, v.label FROM orders o JOIN (VALUES ('new', 'fresh'), ('paid', 'done')) AS v (status, label) ON o.status = v.status WHERE o.amount > 70;
-- name: values_union
SELECT user_id FROM orders WHERE amount > 95 UNION ALL SELECT * FROM (VALUES ('x'), ('y')) AS v (user_id);
-- name: unnest_constant
SELECT o.order_id, x.v FROM orders o CROSS JOIN UNNEST(ARRAY[1, 2]) AS x (v) WHERE o.amount > 95;
-- name: unnest_aggregated
SELECT u.tag, COUNT(*) AS c FROM things t CROSS JOIN UNNEST(t.tags) AS u (tag) GROUP BY u.tag;
-- name: unnest_rows_left
SELECT t.id, r.sku, r.n FROM things t LEFT JOIN UNNEST(t.items) AS r (sku, n) ON TRUE;
-- name: lateral_aggregate
SELECT c.id, x.n FROM customers c, LATERAL (SELECT COUNT(*) AS n FROM orders WHERE orders.user_id = c.id) AS x;
-- name: group_having_distinct
SELECT user_id, COUNT(DISTINCT currency) AS c FROM orders GROUP BY user_id HAVING COUNT(DISTINCT currency) > 2 AND MAX(amount) > 90;
-- name: grouping_sets_plain
SELECT user_id, currency, COUNT(*) AS c, GROUPING_ID(user_id, currency) AS g FROM orders WHERE amount > 70 GROUP BY GROUPING SETS ((user_id), (currency), ());
-- name: grouping_sets_empty
SELECT user_id, COUNT(*) AS c FROM orders WHERE amount < 0 GROUP BY GROUPING SETS ((user_id), ());
-- name: session_of_projection
-- inputs: late, calm
SELECT u, window_start, window_end, COUNT(*) AS c FROM TABLE(SESSION((SELECT user_id AS u, ts FROM orders WHERE qty > 3) PARTITION BY u, DESCRIPTOR(ts), INTERVAL '2' MINUTES)) GROUP BY u, window_start, window_end;
-- name: watermark_behind_union
SELECT n, ts, CURRENT_WATERMARK(ts) AS wm FROM (SELECT order_id AS n, ts FROM orders UNION ALL SELECT pay_id, ts FROM payments);
-- name: order_by_rowtime_filtered
SELECT order_id, ts FROM orders WHERE qty > 4 ORDER BY ts, order_id DESC;
-- name: group_by_field
SELECT addr.city, t.addr.zip, COUNT(*) AS c FROM things AS t GROUP BY addr.city, t.addr.zip;
-- name: top_n_of_groups
SELECT user_id, s, place FROM (SELECT user_id, SUM(amount) AS s, ROW_NUMBER() OVER (ORDER BY SUM(amount) DESC) AS place FROM orders GROUP BY user_id) WHERE place <= 2;
-- name: qualify_groups
SELECT user_id, SUM(amount) AS s FROM orders GROUP BY user_id QUALIFY ROW_NUMBER() OVER (ORDER BY SUM(amount) DESC) <= 2;
-- name: window_top_n_of_groups
SELECT window_start, user_id, s FROM (SELECT window_start, window_end, user_id, SUM(amount) AS s, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY SUM(amount) DESC) AS place FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, user_id) WHERE place = 1;
-- name: window_top_n_filtered
SELECT window_start, order_id, status FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, user_id ORDER BY ts DESC) AS rn FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) WHERE rn = 1 AND status = 'paid';
-- name: semi_nested
SELECT o.order_id FROM orders o WHERE o.user_id IN (SELECT c.id FROM customers c WHERE c.credit > o.qty AND c.tier NOT IN (SELECT currency FROM rates));
-- name: window_join_exists
-- inputs: late, calm
SELECT L.order_id, L.window_start FROM (SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) L WHERE EXISTS (SELECT 1 FROM (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) R WHERE L.order_id = R.order_id AND L.window_start = R.window_start AND L.window_end = R.window_end);
-- name: distinct_session
-- inputs: late, calm
SELECT DISTINCT user_id, window_start, window_end FROM TABLE(SESSION(TABLE orders PARTITION BY user_id, DESCRIPTOR(ts), INTERVAL '2' MINUTES));
-- name: group_window_of_group_window
SELECT TUMBLE_END(rt, INTERVAL '10' MINUTE) AS e, SUM(c) AS c FROM (SELECT TUMBLE_ROWTIME(ts, INTERVAL '2' MINUTE) AS rt, COUNT(*) AS c FROM orders GROUP BY TUMBLE(ts, INTERVAL '2' MINUTE)) GROUP BY TUMBLE(rt, INTERVAL '10' MINUTE);
-- name: group_window_of_upsert
SELECT TUMBLE_START(ts, INTERVAL '5' MINUTE) AS ws, COUNT(*) AS c FROM rates GROUP BY TUMBLE(ts, INTERVAL '5' MINUTE);
-- name: group_session_expression
-- inputs: late, calm
SELECT SESSION_START(ts, INTERVAL '1' MINUTE) AS ws, SESSION_END(ts, INTERVAL '1' MINUTE) AS we, LOWER(user_id) AS u, COUNT(*) AS c FROM orders GROUP BY SESSION(ts, INTERVAL '1' MINUTE), LOWER(user_id);
-- name: union_window_join
-- inputs: late, calm
WITH u AS (SELECT order_id, ts FROM orders UNION ALL SELECT order_id, ts FROM payments) SELECT a.order_id, b.pay_id FROM u a JOIN payments b ON a.order_id = b.order_id AND b.ts BETWEEN a.ts - INTERVAL '1' MINUTE AND a.ts + INTERVAL '1' MINUTE;
-- name: temporal_join_late_versions
-- inputs: late, calm
WITH versions AS (SELECT user_id, order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY ts DESC) AS rn FROM orders) WHERE rn = 1) SELECT p.pay_id, p.ts, v.user_id FROM payments AS p JOIN versions FOR SYSTEM_TIME AS OF p.ts AS v ON v.user_id = CONCAT('u', CAST(MOD(p.pay_id, 6) AS STRING));
-- name: over_after_interval_join
-- inputs: late, calm
WITH j AS (SELECT o.user_id, o.qty, o.ts FROM orders o JOIN payments p ON o.order_id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '3' MINUTE) SELECT user_id, ts, SUM(qty) OVER (PARTITION BY user_id ORDER BY ts) AS q FROM j;
-- name: dedup_after_union
WITH u AS (SELECT order_id, ts FROM orders UNION ALL SELECT order_id, ts FROM payments) SELECT order_id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY ts) AS rn FROM u) WHERE rn = 1;
-- name: order_by_rowtime_union
SELECT order_id, ts FROM (SELECT order_id, ts FROM orders UNION ALL SELECT order_id, ts FROM payments) ORDER BY ts;
-- name: over_range_all
-- inputs: late, calm
SELECT order_id, ts, COUNT(*) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '30' SECOND PRECEDING AND CURRENT ROW) AS c FROM orders;
-- name: over_ranks
SELECT order_id, RANK() OVER (PARTITION BY user_id ORDER BY ts) AS r, DENSE_RANK() OVER (PARTITION BY user_id ORDER BY ts) AS d FROM orders;
-- name: cumulate_all
SELECT window_start, window_end, COUNT(*) AS c, COUNT(DISTINCT user_id) AS u FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '3' MINUTES, INTERVAL '9' MINUTES)) GROUP BY window_start, window_end;
-- name: hop_with_offset
SELECT window_start, window_end, COUNT(*) AS c FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '4' MINUTES, INTERVAL '30' SECONDS)) GROUP BY window_start, window_end;
