-- name: text_basics
SELECT id, UPPER(str) AS u, LOWER(str) AS l, CHAR_LENGTH(str) AS n, CHARACTER_LENGTH(v) AS nv, TRIM(str) AS t, LTRIM(str) AS lt, RTRIM(str) AS rt, INITCAP(str) AS ic, REVERSE(v) AS r FROM things;
-- name: text_trim
SELECT id, TRIM(BOTH 'a' FROM str) AS b, TRIM(LEADING ' ' FROM str) AS l, TRIM(TRAILING FROM str) AS t, BTRIM(v, 'x') AS bt FROM things;
-- name: text_substring
SELECT id, SUBSTRING(str, 2, 3) AS a, SUBSTRING(str FROM 3) AS b, SUBSTR(str, 1, 2) AS c, SUBSTRING(str, -3) AS d, SUBSTRING(str, 0, 2) AS z, `LEFT`(str, 3) AS l, `RIGHT`(str, 2) AS r FROM things;
-- name: text_concat
SELECT id, str || '-' || v AS a, CONCAT(str, '/', v) AS b, CONCAT_WS(',', str, CAST(NULL AS STRING), v) AS c, CONCAT('x', str) AS d FROM things;
-- name: text_search
SELECT id, POSITION('l' IN str) AS p, INSTR(str, 'o') AS i, LOCATE('b', str) AS l, LOCATE(',', str, 3) AS l3, STARTSWITH(str, 'He') AS s, ENDSWITH(str, 'd') AS e, str LIKE '%b%' AS k FROM things;
-- name: text_replace
SELECT id, REPLACE(str, 'l', 'L') AS r, OVERLAY(str PLACING 'XX' FROM 2 FOR 3) AS o, TRANSLATE(str, 'abc', 'xy') AS t, REPEAT(v, 2) AS rp, LPAD(v, 5, '*') AS lp, RPAD(v, 5, '-') AS rpd, SPLIT_INDEX(str, ',', 1) AS si, SPLIT_INDEX(str, ',', 9) AS s9 FROM things;
-- name: text_regexp
SELECT id, REGEXP(str, '[A-Z]+') AS m, REGEXP_EXTRACT(str, '([a-z]+)', 1) AS e, REGEXP_EXTRACT(str, 'z(q)', 1) AS no_match, REGEXP_REPLACE(str, '[aeiou]', '#') AS r FROM things;
-- name: text_hash
SELECT id, MD5(str) AS m, SHA1(str) AS s1, SHA256(str) AS s2, SHA2(str, 256) AS s3 FROM things;
-- name: text_codes
SELECT id, TO_BASE64(str) AS b, FROM_BASE64(TO_BASE64(v)) AS f, ASCII(str) AS a, CHR(65) AS c, HEX(v) AS h, HEX(i) AS hi, BIN(s) AS bn FROM things;
-- name: text_compare
SELECT id, str < 'a' AS lt, str >= 'H' AS ge, str <> v AS ne, CAST(str AS CHAR(3)) AS c3, CAST('ab' AS CHAR(4)) = 'ab' AS pad FROM things;
-- name: text_parse_url
SELECT PARSE_URL('http://h.org/p?q=1&r=2', 'QUERY', 'q') AS q, STR_TO_MAP('a=1,b=2') AS m;
