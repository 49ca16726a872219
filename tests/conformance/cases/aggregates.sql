-- name: group_by
SELECT user_id, COUNT(*) AS c, SUM(qty) AS q, COUNT(DISTINCT status) AS d, COUNT(qty) AS cq FROM orders GROUP BY user_id;
-- name: group_by_expression
SELECT UPPER(status) AS st, MOD(qty, 2) AS odd, COUNT(*) AS c FROM orders GROUP BY UPPER(status), MOD(qty, 2);
-- name: refused_group_by_ordinal
SELECT status, COUNT(*) AS c FROM orders GROUP BY 1;
-- name: global_aggregate
SELECT COUNT(*) AS c, SUM(amount) AS s, AVG(amount) AS a, MIN(ts) AS f, MAX(ts) AS l FROM orders;
-- name: global_aggregate_empty
SELECT COUNT(*) AS c, SUM(amount) AS s, MAX(status) AS m FROM orders WHERE amount < 0;
-- name: group_by_empty
SELECT user_id, COUNT(*) AS c FROM orders WHERE amount < 0 GROUP BY user_id;
-- name: aggregates_of_nulls
SELECT ok, SUM(i) AS si, AVG(i) AS ai, MIN(str) AS ms, COUNT(i) AS ci, MAX(x) AS mx FROM things WHERE i IS NULL OR id > 8 GROUP BY ok;
-- name: aggregates_integer
SELECT SUM(i) AS si, SUM(b) AS sb, SUM(s) AS ss, SUM(t) AS st, AVG(b) AS ab, AVG(s) AS av, AVG(t) AS at2 FROM things WHERE id < 6;
-- name: aggregates_decimal
SELECT SUM(d) AS sd, AVG(d) AS ad, SUM(e) AS se, AVG(e) AS ae, MIN(d) AS mi, MAX(e) AS ma FROM things;
-- name: aggregates_double
SELECT SUM(x) AS sx, AVG(x) AS ax, MIN(f) AS mf, AVG(f) AS af FROM things WHERE id <> 6;
-- name: aggregates_statistical
SELECT STDDEV_POP(x) AS sp, STDDEV_SAMP(x) AS ss, VAR_POP(x) AS vp, VAR_SAMP(x) AS vs FROM things WHERE id <> 6;
-- name: aggregates_boolean
SELECT COUNT(*) FILTER (WHERE ok) AS yes, COUNT(*) FILTER (WHERE NOT ok) AS nope, COUNT(*) FILTER (WHERE ok IS NULL) AS na FROM things;
-- name: sum_overflow
SELECT SUM(i) AS s FROM things WHERE id IN (1, 6);
-- name: first_last_value
SELECT user_id, FIRST_VALUE(status) AS f, LAST_VALUE(status) AS l, FIRST_VALUE(amount) AS fa, LAST_VALUE(order_id) AS lo FROM orders GROUP BY user_id;
-- name: listagg
SELECT user_id, LISTAGG(status, '|') AS l, LISTAGG(DISTINCT currency) AS d FROM orders GROUP BY user_id;
-- name: collect
SELECT currency, COLLECT(status) AS m FROM orders GROUP BY currency;
-- name: array_agg
SELECT currency, ARRAY_AGG(qty) AS m FROM orders WHERE order_id < 30 GROUP BY currency;
-- name: count_distinct_filter
SELECT user_id, COUNT(DISTINCT order_id) FILTER (WHERE amount > 40) AS c, COUNT(DISTINCT (status)) AS s FROM orders GROUP BY user_id;
-- name: sum_distinct
SELECT SUM(DISTINCT qty) AS s, AVG(DISTINCT qty) AS a, MIN(DISTINCT qty) AS m FROM orders;
-- name: having
SELECT user_id, SUM(amount) AS s FROM orders GROUP BY user_id HAVING SUM(amount) > 900 AND COUNT(*) < 25;
-- name: distinct
SELECT DISTINCT user_id, currency FROM orders;
-- name: distinct_expression
SELECT DISTINCT COALESCE(status, 'none') AS st FROM orders WHERE qty > 3;
-- name: aggregate_of_aggregate
SELECT c, COUNT(*) AS users FROM (SELECT user_id, COUNT(*) AS c FROM orders GROUP BY user_id) GROUP BY c;
-- name: aggregate_upsert
SELECT tier, COUNT(*) AS n, SUM(credit) AS s FROM customers GROUP BY tier;
-- name: group_case
SELECT CASE WHEN amount > 50 THEN 'big' ELSE 'small' END AS size, COUNT(*) AS c FROM orders GROUP BY CASE WHEN amount > 50 THEN 'big' ELSE 'small' END;
-- name: cube
SELECT user_id, currency, COUNT(*) AS c, GROUPING(user_id) AS g FROM orders WHERE user_id IN ('u0', 'u1') GROUP BY CUBE (user_id, currency);
-- name: json_aggregates
SELECT JSON_OBJECTAGG(KEY str VALUE i) AS o FROM things WHERE id IN (1, 2, 3);
