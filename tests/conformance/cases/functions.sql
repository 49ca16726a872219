-- name: casts_of_floats
SELECT id, CAST(x * 1.0E-5 AS STRING) AS a, CAST(f * 1000000 AS STRING) AS c, CAST(x * 1.0E9 AS SMALLINT) AS s, CAST(x * 1.0E30 AS BIGINT) AS b, CAST(x + 0.425E0 AS DECIMAL(10, 2)) AS d, CAST(f AS DECIMAL(10, 3)) AS e, CAST(x AS BOOLEAN) AS ok FROM things;
-- name: casts_of_decimals
SELECT id, CAST(d * 1000 AS INT) AS i, CAST(i AS TINYINT) AS t, CAST(d AS VARCHAR(3)) AS v, CAST(i AS DECIMAL(38, 2)) / CAST(3 AS DECIMAL(38, 2)) AS q, CAST(i AS DECIMAL(38, 10)) * CAST(3.1234567891 AS DECIMAL(38, 10)) AS m, d % 0.3 AS r, d * 0.05 AS p FROM things;
-- name: try_casts_of_texts
SELECT TRY_CAST('.5' AS INT) AS a, TRY_CAST('1e3' AS INT) AS b, TRY_CAST('1.' AS INT) AS c, TRY_CAST('1.5d' AS DOUBLE) AS d, TRY_CAST(' 1.5 ' AS DOUBLE) AS e, TRY_CAST('1e3' AS DECIMAL(10, 2)) AS f, TRY_CAST('123456789' AS DECIMAL(5, 1)) AS g, TRY_CAST('T' AS BOOLEAN) AS h, TRY_CAST('on' AS BOOLEAN) AS i;
-- name: try_casts_to_times
SELECT TRY_CAST('2026-01-02T10:00:00' AS TIMESTAMP(3)) AS a, TRY_CAST(' 2026-01-02 10:00:00 ' AS TIMESTAMP(3)) AS b, TRY_CAST('2026-1-2 1:2:3' AS TIMESTAMP(3)) AS c, TRY_CAST('2026-01-02 10:00:00.123456' AS TIMESTAMP(6)) AS d, TRY_CAST('2026' AS DATE) AS e, TRY_CAST('26-1-2' AS DATE) AS f, TRY_CAST('2026-02-30' AS DATE) AS g, TRY_CAST('2026/01/02' AS DATE) AS h, TRY_CAST('10:11' AS TIME) AS i, TRY_CAST('25:00:00' AS TIME) AS j;
-- name: casts_of_timestamps
SELECT id, CAST(ts2 AS TIMESTAMP(1)) AS a, CAST(CAST(ts2 AS TIMESTAMP(6)) AS STRING) AS b, CAST(CAST(ts2 AS TIMESTAMP) AS STRING) AS c, CAST(CAST(ts2 AS TIMESTAMP(1)) AS STRING) AS e, CAST(TIMESTAMP '2026-01-01 00:00:00' AS STRING) AS g, CAST(`at` AS STRING) AS h, CAST(tm AS TIMESTAMP(3)) AS i FROM things;
-- name: casts_of_collections
SELECT id, CAST(items AS STRING) AS a, CAST(ARRAY[1.5E0, 1.0E10] AS STRING) AS b, CAST(ROW(1, TRUE, ts2) AS STRING) AS c, CAST(MAP['a', 1.50] AS STRING) AS d, CAST(tags AS ARRAY<VARCHAR(1)>) AS e, CAST(MAP['1', i] AS MAP<INT, STRING>) AS f FROM things;
-- name: wide_integers
SELECT id, 9223372036854775807 + b AS a, b * 9223372036854775807 AS m, -CAST(-9223372036854775808 AS BIGINT) AS n, t * t AS tt, s - t AS st FROM things;
-- name: floats_with_others
SELECT id, x / 0 AS z, i + f AS a, b + f AS c, d + f AS e, f * d AS g, x + f AS h, f = 0.1 AS j, b > x AS k, d > f AS l, x IN (2.25, 0.1) AS m FROM things;
-- name: rounding_of_floats
SELECT id, ROUND(x * 1.005E0, 2) AS a, ROUND(f, 1) AS b, ROUND(d, 3) AS c, ROUND(b, -2) AS e, TRUNCATE(x, 1) AS g, TRUNCATE(i, -1) AS h, FLOOR(f) AS k, CEIL(e) AS l FROM things;
-- name: outside_of_domains
SELECT id, SQRT(x) AS a, LN(x) AS b, LOG10(x) AS c, LOG2(i) AS e, LOG(2, x) AS g, ASIN(x) AS h, COT(x) AS k FROM things;
-- name: conditions_of_types
SELECT id, COALESCE(i, d, x) AS a, IF(ok, i, d) AS b, NULLIF(d, 2.5) AS c, GREATEST(i, x) AS e, CASE WHEN ok THEN i WHEN i > 3 THEN d END AS g, CASE i WHEN 7.0 THEN 'x' ELSE 'y' END AS h, i IN (7, 2.0, 5) AS k, (i, s) IN ((7, 3), (2, 2)) AS l FROM things;
-- name: letters_and_cases
SELECT id, INITCAP(v) AS a, REVERSE(str) AS b, TRANSLATE(str, 'lol', 'xyz') AS c, TRIM(BOTH 'ab' FROM v) AS e, BTRIM(str, 'a,') AS g, LTRIM(str, ' p') AS h, CHAR_LENGTH('😀a') AS k, ASCII(v) AS l FROM things;
-- name: parts_of_texts
SELECT id, SUBSTRING(str, -5) AS a, SUBSTRING(str, s, i) AS b, SUBSTRING(str, 2, -1) AS c, LEFT(str, i) AS e, RIGHT(str, i) AS g, OVERLAY(str PLACING 'XX' FROM s FOR t) AS h, LPAD(str, s, 'ab') AS k, RPAD(v, 7, 'ab') AS l, LPAD(v, 5, '') AS m FROM things;
-- name: places_in_texts
SELECT id, LOCATE('l', str, 4) AS a, LOCATE('', str, 3) AS b, LOCATE('l', str, 0) AS c, POSITION(v IN str) AS e, SPLIT_INDEX(v, ',', 2) AS g, SPLIT(str, ',') AS h, SPLIT(v, 'zz') AS k, ELT(i, str, v) AS l FROM things;
-- name: codes_of_texts
SELECT id, CHR(i) AS a, HEX(b) AS b, BIN(b) AS c, URL_ENCODE(str) AS e, URL_DECODE('a%20b+c%C3%A9') AS g, URL_DECODE('a%2') AS h, ENCODE(str, 'UTF-8') AS k, TO_BASE64(CAST(v AS BYTES)) AS l, IS_ALPHA(v) AS m, IS_DIGIT(str) AS n FROM things;
-- name: parts_of_urls
SELECT PARSE_URL('http://u:p@h.org:80/a/b.php?k1=v1&k2=v2#Ref', 'HOST') AS a, PARSE_URL('http://u:p@h.org:80/a/b.php?k1=v1&k2=v2#Ref', 'PATH') AS b, PARSE_URL('http://h.org/a?k1=v1&k2=v2#Ref', 'QUERY') AS c, PARSE_URL('http://h.org/a?k1=v1&k2=v2#Ref', 'QUERY', 'k2') AS d, PARSE_URL('http://h.org/a?k1=v1&k2=v2#Ref', 'REF') AS e, PARSE_URL('http://h.org', 'QUERY') AS f, PARSE_URL('nonsense', 'HOST') AS g, STR_TO_MAP('a=1,b,,c=') AS h;
-- name: regular_expressions
SELECT id, REGEXP(str, '') AS a, REGEXP(str, '\d+') AS b, REGEXP_EXTRACT(str, '([a-z])([a-z])', 2) AS c, REGEXP_EXTRACT(str, 'l', 1) AS e, REGEXP_REPLACE(str, '(l)', '[$1\]') AS g, REGEXP_COUNT(str, '[a-z]') AS h, REGEXP_SUBSTR(str, '[a-z]+') AS k, REGEXP_EXTRACT_ALL(str, '([a-z])([a-z])', 2) AS l FROM things;
-- name: patterns_of_texts
SELECT id, str LIKE 'A_C%' AS a, str LIKE 'a\_c' AS b, v LIKE '%!_%' ESCAPE '!' AS c, str SIMILAR TO '[A-Z]%' AS e, str SIMILAR TO 'a(.|,)%' AS g, str SIMILAR TO 'null|12' AS h, str NOT SIMILAR TO '%l%' AS k FROM things;
-- name: parts_before_1970
SELECT EXTRACT(EPOCH FROM TIMESTAMP '1969-12-31 23:59:58.500') AS a, EXTRACT(MILLISECOND FROM TIMESTAMP '1969-12-31 23:59:58.500') AS b, EXTRACT(SECOND FROM TIMESTAMP '1969-12-31 23:59:58.500') AS c, EXTRACT(DAY FROM TIMESTAMP '1969-12-31 23:59:58.500') AS d, FLOOR(TIMESTAMP '1969-12-31 23:59:58.500' TO HOUR) AS e;
-- name: more_parts_of_times
SELECT id, EXTRACT(ISODOW FROM dt) AS a, EXTRACT(ISOYEAR FROM dt) AS b, EXTRACT(HOUR FROM tm) AS c, EXTRACT(HOUR FROM dt) AS e, EXTRACT(EPOCH FROM dt) AS g, EXTRACT(DOW FROM `at`) AS h, SECOND(tm) AS k, DATE_FORMAT(str, 'yyyy') AS l, DATE_FORMAT(`at`, 'HH') AS m, DATE_FORMAT(ts2, 'EEEE, d MMMM uuuu') AS n, DATE_FORMAT(ts2, 'SSSSSS') AS o FROM things;
-- name: more_ceilings_of_times
SELECT id, CEIL(ts2 TO SECOND) AS a, CEIL(ts2 TO WEEK) AS b, CEIL(ts2 TO QUARTER) AS c, CEIL(ts2 TO YEAR) AS e, CEIL(dt TO MONTH) AS g, CEIL(dt TO DAY) AS h, FLOOR(`at` TO DAY) AS k FROM things;
-- name: more_differences_of_times
SELECT id, TIMESTAMPDIFF(MONTH, ts2, dt) AS a, TIMESTAMPDIFF(QUARTER, dt, ts2) AS b, TIMESTAMPDIFF(WEEK, ts2, dt) AS c, TIMESTAMPDIFF(MONTH, dt, DATE '2026-02-28') AS e, TIMESTAMPDIFF(MONTH, TIMESTAMP '2026-02-10 05:00:00', TIMESTAMP '2026-01-10 06:00:00') AS g, TIMESTAMPADD(QUARTER, -1, dt) AS h, TIMESTAMPADD(MINUTE, s, ts2) AS k FROM things;
-- name: more_intervals
SELECT id, dt + INTERVAL '30' HOUR AS a, dt - INTERVAL '30' HOUR AS b, tm - INTERVAL '12' HOUR AS c, ts2 + INTERVAL '1' DAY * s AS e, ts2 - INTERVAL '1 10' DAY TO HOUR AS g, `at` + INTERVAL '1' MONTH AS h, (ts2 - ts) DAY > INTERVAL '10' DAY AS k FROM things;
-- name: times_against_texts
SELECT id, ts2 > '2026-06-01 00:00:00' AS a, dt = '2026-1-31' AS b, tm > '12:00:00' AS c, ts2 BETWEEN '2026-01-01 00:00:00' AND '2026-06-01 00:00:00' AS e FROM things;
-- name: texts_to_timestamps
SELECT id, TO_TIMESTAMP(str) AS a, TO_TIMESTAMP('20260102', 'yyyyMMdd') AS b, TO_TIMESTAMP('2026-01-02 03:04:05', 'yyyy/MM/dd') AS c, TO_TIMESTAMP('2026/13/02', 'yyyy/MM/dd') AS e, TO_DATE(str) AS g, TO_TIMESTAMP_LTZ(b) AS h, TO_TIMESTAMP_LTZ('2026/01/02', 'yyyy/MM/dd') AS k, UNIX_TIMESTAMP(v) AS l, FROM_UNIXTIME(i, 'HH:mm') AS m FROM things;
-- name: zones
SELECT CONVERT_TZ('2026-07-01 00:00:00', 'UTC', 'America/New_York') AS a, CONVERT_TZ('2026-07-01 00:00:00', 'Europe/Paris', 'Asia/Tokyo') AS b, CONVERT_TZ('bad', 'UTC', 'Asia/Tokyo') AS c;
-- name: json_value_of_nothing
SELECT id, JSON_VALUE(j, '$.n' DEFAULT 'x' ON EMPTY DEFAULT 'y' ON ERROR) AS a, JSON_VALUE(j, 'lax $.n' DEFAULT 'x' ON EMPTY DEFAULT 'y' ON ERROR) AS b, JSON_VALUE(j, 'lax $.a' DEFAULT 'x' ON EMPTY) AS c, JSON_EXISTS(j, 'strict $.x' TRUE ON ERROR) AS e, JSON_EXISTS(j, 'lax $.x' TRUE ON ERROR) AS g FROM things;
-- name: json_numbers
SELECT JSON_VALUE('{"a":1.50}', '$.a') AS a, JSON_VALUE('{"a":0.00001}', '$.a') AS b, JSON_VALUE('{"a":12345678901234567890}', '$.a') AS c, JSON_VALUE('[1,2.0]', '$[-1]') AS d, JSON_VALUE('{"a b":1}', '$["a b"]') AS e, JSON_QUERY('{"a":{"z":1.50,"b":[12345678.9,{"y":null,"c":"é"}]}}', '$.a') AS f;
-- name: json_query_options
SELECT id, JSON_QUERY(j, '$') AS a, JSON_QUERY(j, '$.n' WITH CONDITIONAL WRAPPER) AS b, JSON_QUERY(j, '$.x' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR) AS c, JSON_QUERY(j, 'lax $.zz' EMPTY ARRAY ON EMPTY) AS e, j IS JSON SCALAR AS g FROM things;
-- name: json_of_types
SELECT id, JSON_OBJECT('t' VALUE ts2, KEY 'a' VALUE `at`, KEY 'f' VALUE f ABSENT ON NULL) AS a, JSON_STRING(x) AS b, JSON_STRING(tags) AS c, JSON_STRING(addr) AS e, JSON_STRING(attrs) AS g, JSON_STRING(items) AS h, JSON_OBJECT('o' VALUE JSON_OBJECT('x' VALUE i), 'l' VALUE JSON_ARRAY(i, str)) AS k, JSON_OBJECT('b' VALUE CAST(v AS BYTES)) AS l FROM things;
-- name: json_arrays_of_groups
SELECT JSON_ARRAYAGG(i) AS a, JSON_ARRAYAGG(str NULL ON NULL) AS b FROM things;
-- name: arrays
SELECT id, ARRAY_CONTAINS(tags, CAST(NULL AS STRING)) AS a, ARRAY_REMOVE(tags, v) AS b, ARRAY_UNION(tags, ARRAY['a', 'q']) AS c, ARRAY_EXCEPT(tags, ARRAY['a']) AS e, ARRAY_INTERSECT(tags, ARRAY['a', 'c', CAST(NULL AS STRING)]) AS g, ARRAY_JOIN(tags, ',', 'N') AS h, ARRAY_SLICE(tags, 2, 9) AS k, ARRAY_SORT(tags) AS l, ARRAY_SORT(tags, FALSE) AS m, ARRAY_PREPEND(tags, str) AS n, tags[i] AS o FROM things WHERE id <> 2 AND id <> 8;
-- name: maps
SELECT id, MAP_ENTRIES(attrs) AS a, MAP_UNION(attrs, MAP['k', 'new', 'z', 'q']) AS b, MAP['a', i, 'b', x] AS c, attrs[v] AS e, ARRAY[i, d] AS g FROM things;
-- name: aggregates_of_floats
SELECT SUM(f) AS a, AVG(f) AS b, SUM(DISTINCT x) AS c, VARIANCE(x) AS d, STDDEV(x) AS e FROM things WHERE id < 6;
-- name: aggregates_of_sums
SELECT SUM(d) + SUM(e) AS x, SUM(d) / COUNT(*) AS y, SUM(d) * 1.1 AS z, AVG(DISTINCT s) AS w FROM things;
-- name: aggregates_with_filters
SELECT SUM(i) FILTER (WHERE i > 3) AS a, AVG(d) FILTER (WHERE ok) AS b, LAST_VALUE(str) FILTER (WHERE ok) AS c, ARRAY_AGG(i) FILTER (WHERE i > 3) AS d FROM things;
-- name: aggregates_of_nothing
SELECT LISTAGG(str) AS a, COLLECT(ok) AS b, ARRAY_AGG(i) AS c, VAR_SAMP(x) AS d, FIRST_VALUE(i) AS e FROM things WHERE id > 100;
-- name: distinct_lists
SELECT ARRAY_AGG(DISTINCT ok) AS a, LISTAGG(DISTINCT v, '') AS b, COLLECT(DISTINCT ok) AS c FROM things;
