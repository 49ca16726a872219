-- name: filter
SELECT order_id, amount * 2 AS g, UPPER(status) AS st, qty / 2 AS half FROM orders WHERE amount > 50;
-- name: projection_star
SELECT * FROM orders WHERE status IN ('new', 'paid') AND currency <> 'USD';
-- name: backticks
SELECT `order_id` AS `key`, `user_id` AS `user` FROM `orders` WHERE `amount` > 90;
-- name: qualified_star
SELECT o.*, o.amount * 2 AS twice FROM orders AS o WHERE o.qty = 3;
-- name: cte
WITH a AS (SELECT user_id, COUNT(*) AS c FROM orders GROUP BY user_id) SELECT * FROM a WHERE c > 18;
-- name: cte_chain
WITH a AS (SELECT order_id, amount, status FROM orders), b AS (SELECT order_id, amount + 1 AS more FROM a WHERE status = 'new') SELECT b.order_id, b.more, a.status FROM b JOIN a ON a.order_id = b.order_id;
-- name: cte_columns
WITH a (k, n) AS (SELECT user_id, amount FROM orders) SELECT k, n FROM a WHERE n > 95;
-- name: derived_table
SELECT u, total FROM (SELECT user_id AS u, amount * qty AS total FROM orders) AS t WHERE total > 500;
-- name: values
SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (3, CAST(NULL AS STRING))) AS t(id, name);
-- name: select_without_from
SELECT 1 AS first_one, 'x' AS x, CAST(NULL AS INT) AS n;
-- name: union_all
SELECT user_id FROM orders WHERE amount > 80 UNION ALL SELECT id FROM customers;
-- name: union
SELECT user_id FROM orders UNION SELECT id FROM customers;
-- name: intersect
SELECT user_id FROM orders INTERSECT SELECT id FROM customers;
-- name: intersect_all
SELECT status FROM orders WHERE qty > 5 INTERSECT ALL SELECT status FROM orders WHERE amount > 50;
-- name: except
SELECT user_id FROM orders EXCEPT SELECT id FROM customers;
-- name: except_all
SELECT status FROM orders EXCEPT ALL SELECT status FROM orders WHERE amount > 50;
-- name: set_operations
SELECT user_id FROM orders UNION ALL SELECT id FROM customers EXCEPT SELECT 'u1';
-- name: union_types
SELECT i AS v FROM things UNION ALL SELECT b FROM things UNION ALL SELECT d FROM things;
-- name: in_list
SELECT id FROM things WHERE i IN (7, -7, 5) OR str IN ('a,b,,c');
-- name: not_in_list_nulls
SELECT id FROM things WHERE i NOT IN (7, -7);
-- name: three_valued
SELECT id, i > 3 AS gt, NOT (i > 3) AS ng, i > 3 OR ok AS o, i > 3 AND ok AS a, (i > 3) IS TRUE AS t, (i > 3) IS NOT TRUE AS nt, (i > 3) IS UNKNOWN AS u, ok IS FALSE AS f FROM things;
-- name: distinct_from
SELECT id FROM things WHERE i IS NOT DISTINCT FROM CAST(NULL AS INT) OR i IS DISTINCT FROM b;
-- name: similar
SELECT id FROM things WHERE str SIMILAR TO '%(Hello|b,)%' OR str LIKE 'A_C%' OR v LIKE '\%\_' ESCAPE '\';
-- name: between
SELECT id FROM things WHERE i BETWEEN 2 AND 7 OR x BETWEEN SYMMETRIC 3 AND -3;
-- name: not_between
SELECT id FROM things WHERE i NOT BETWEEN -5 AND 5;
-- name: hint_options
-- run: no
SELECT order_id FROM orders /*+ OPTIONS('scan.startup.mode'='earliest-offset') */ AS o WHERE amount > 97;
-- name: comments
SELECT order_id -- the key
, /* inner */ amount FROM orders WHERE amount > 97;
-- name: case_simple
SELECT id, CASE i WHEN 7 THEN 'seven' WHEN 0 THEN 'zero' END AS w, CASE WHEN i > 0 THEN 1 WHEN x < 0 THEN 2.5 ELSE 0 END AS n FROM things;
-- name: conditional
SELECT id, COALESCE(i, -1) AS c, NULLIF(i, 7) AS n, IFNULL(str, 'none') AS f, IF(i > 3, 'big', 'small') AS g, GREATEST(i, s, 4) AS mx, LEAST(i, 3) AS mn FROM things;
-- name: unnest
SELECT t.id, u.tag FROM things t CROSS JOIN UNNEST(t.tags) AS u (tag);
-- name: unnest_left
SELECT t.id, u.tag FROM things t LEFT JOIN UNNEST(t.tags) AS u (tag) ON TRUE;
-- name: unnest_rows
SELECT t.id, r.sku, r.n FROM things t CROSS JOIN UNNEST(t.items) AS r (sku, n);
-- name: unnest_ordinality
SELECT t.id, u.tag, u.n FROM things t CROSS JOIN UNNEST(t.tags) WITH ORDINALITY AS u (tag, n);
-- name: unnest_map
SELECT t.id, m.k, m.v FROM things t CROSS JOIN UNNEST(t.attrs) AS m (k, v);
-- name: match_recognize
SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY user_id ORDER BY ts MEASURES A.ts AS start_ts, LAST(B.amount) AS last_amount ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) DEFINE B AS B.amount > A.amount, C AS C.amount < A.amount) AS T;
