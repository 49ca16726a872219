-- name: integer_arithmetic
SELECT id, i / 2 AS h, i / s AS q, MOD(i, 3) AS m, i % 3 AS p, -i AS n, b / 2 AS bh, s / t AS st, i * b AS ib FROM things WHERE id <> 5 AND id <> 6;
-- name: integer_overflow
SELECT id, i + 1 AS p, i * 2 AS d, s + s AS ss, t + t AS tt FROM things;
-- name: integer_division_by_zero
SELECT id, 1 / i AS q FROM things;
-- name: decimal_arithmetic
SELECT id, d + e AS added, d - e AS subtracted, d * e AS times, d + 1 AS plus_one, d * 2 AS twice, -d AS neg FROM things;
-- name: decimal_division
SELECT id, d / e AS q, d / 3 AS third, 1 / e AS inv, CAST(i AS DECIMAL(10, 2)) / 3 AS dv, d / i AS di FROM things WHERE id <> 5;
-- name: decimal_modulo
SELECT id, MOD(d, e) AS m, MOD(d, 3) AS m3 FROM things WHERE id <> 5;
-- name: decimal_division_by_zero
SELECT id, d / e AS q FROM things;
-- name: double_arithmetic
SELECT id, x / 3 AS q, x * i AS m, x + d AS dd, f + 1 AS f1, f * x AS fx FROM things;
-- name: double_division_by_zero
SELECT id, 1 / x AS q FROM things WHERE id IN (1, 5);
-- name: cast_numbers_to_int
SELECT id, CAST(d AS INT) AS d, CAST(x AS INT) AS x, CAST(e AS BIGINT) AS e, CAST(f AS INT) AS f, CAST(b AS INT) AS b, CAST(ok AS INT) AS ok FROM things;
-- name: cast_numbers_to_decimal
SELECT id, CAST(x AS DECIMAL(10, 1)) AS x, CAST(d AS DECIMAL(10, 1)) AS d, CAST(e AS DECIMAL(3, 2)) AS e, CAST(i AS DECIMAL(5, 2)) AS i FROM things;
-- name: cast_numbers_to_string
SELECT id, CAST(i AS STRING) AS i, CAST(d AS STRING) AS d, CAST(x AS STRING) AS x, CAST(f AS STRING) AS f, CAST(ok AS STRING) AS ok, CAST(d AS VARCHAR(3)) AS v FROM things;
-- name: cast_times_to_string
SELECT id, CAST(ts AS STRING) AS ts, CAST(ts2 AS STRING) AS ts2, CAST(dt AS STRING) AS dt, CAST(tm AS STRING) AS tm FROM things;
-- name: cast_string_to_numbers
SELECT CAST('12' AS INT) AS a, CAST(' 7 ' AS INT) AS b, CAST('1.50' AS DECIMAL(10, 2)) AS c, CAST('1e3' AS DOUBLE) AS d, CAST('true' AS BOOLEAN) AS e, TRY_CAST('x' AS INT) AS f, TRY_CAST('1.9' AS INT) AS g;
-- name: cast_bad_string
SELECT id, CAST(str AS INT) AS i FROM things;
-- name: try_cast
SELECT id, TRY_CAST(str AS INT) AS i, TRY_CAST(v AS DECIMAL(5, 1)) AS d, TRY_CAST(str AS TIMESTAMP(3)) AS t FROM things;
-- name: cast_string_to_times
SELECT CAST('2026-01-02' AS DATE) AS d, CAST('2026-01-02 03:04:05.678' AS TIMESTAMP(3)) AS t, CAST('2026-01-02' AS TIMESTAMP(3)) AS t0, CAST('10:11:12' AS TIME) AS tm;
-- name: cast_between_times
SELECT id, CAST(ts AS DATE) AS d, CAST(ts2 AS TIME) AS t, CAST(dt AS TIMESTAMP(3)) AS m, CAST(ts2 AS TIMESTAMP(0)) AS s, CAST(ts2 AS TIMESTAMP_LTZ(3)) AS l, CAST(`at` AS TIMESTAMP(3)) AS at2 FROM things;
-- name: comparisons_mixed
SELECT id, i = b AS a, i < d AS c, d = e AS f, x > i AS g, str = v AS h, dt > DATE '2025-01-01' AS k, ts2 > ts AS m FROM things;
-- name: comparison_string_number
SELECT id FROM things WHERE i = '7';
-- name: rounding
SELECT id, ROUND(d, 1) AS d1, ROUND(x) AS x0, ROUND(i, -1) AS i1, FLOOR(d) AS fd, CEIL(d) AS cd, FLOOR(x) AS fx, CEIL(x) AS cx, TRUNCATE(d, 1) AS td, TRUNCATE(x, 0) AS tx, ABS(i) AS ai, SIGN(d) AS sd FROM things WHERE id <> 6;
-- name: mathematics
SELECT id, SQRT(ABS(x)) AS sq, POWER(x, 2) AS p, EXP(x) AS ex, LN(ABS(x) + 1) AS lnx, LOG10(ABS(x) + 1) AS lg, LOG2(ABS(x) + 1) AS l2, SIN(x) AS sn, PI() AS pi FROM things WHERE id <> 6;
-- name: null_arithmetic
SELECT id, i + b AS a, d * x AS c, str || v AS s, UPPER(str) AS u, i + CAST(NULL AS INT) AS n FROM things;
