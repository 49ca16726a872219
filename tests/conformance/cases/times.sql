-- name: date_format
SELECT id, DATE_FORMAT(ts2, 'yyyy-MM-dd HH:mm') AS a, DATE_FORMAT(ts2, 'yyyy-MM-dd HH:mm:ss.SSS') AS b, DATE_FORMAT(ts2, 'dd/MM/yy') AS c, DATE_FORMAT(ts2, 'yyyyMMddHH') AS d, DATE_FORMAT(ts2, 'h:mm a') AS e, DATE_FORMAT(ts2, '''week'' E') AS f FROM things;
-- name: date_parts
SELECT id, EXTRACT(YEAR FROM ts2) AS y, EXTRACT(QUARTER FROM dt) AS q, EXTRACT(MONTH FROM ts2) AS mo, EXTRACT(WEEK FROM dt) AS w, EXTRACT(DOW FROM dt) AS dw, EXTRACT(DOY FROM dt) AS dy, EXTRACT(DAY FROM ts2) AS d, EXTRACT(HOUR FROM ts2) AS h, EXTRACT(MINUTE FROM ts2) AS mi, EXTRACT(SECOND FROM ts2) AS s FROM things;
-- name: date_part_functions
SELECT id, YEAR(dt) AS y, QUARTER(dt) AS q, MONTH(ts2) AS m, WEEK(dt) AS w, DAYOFYEAR(dt) AS dy, DAYOFMONTH(dt) AS dm, DAYOFWEEK(dt) AS dw, HOUR(ts2) AS h, MINUTE(ts2) AS mi, SECOND(ts2) AS s FROM things;
-- name: epoch
SELECT id, EXTRACT(EPOCH FROM ts2) AS e, EXTRACT(MILLISECOND FROM ts2) AS ms FROM things;
-- name: intervals
SELECT id, ts + INTERVAL '1 02:03:04' DAY TO SECOND AS a, ts - INTERVAL '1-2' YEAR TO MONTH AS b, ts2 + INTERVAL '90' SECOND AS c, ts2 - INTERVAL '1' MONTH AS d, ts + INTERVAL '1.5' SECOND AS e, dt + INTERVAL '3' DAY AS f, dt - INTERVAL '1' MONTH AS g, ts + INTERVAL '2:30' HOUR TO MINUTE AS h FROM things;
-- name: timestampdiff
SELECT id, TIMESTAMPDIFF(SECOND, ts, ts2) AS s, TIMESTAMPDIFF(MINUTE, ts, ts2) AS m, TIMESTAMPDIFF(HOUR, ts2, ts) AS h, TIMESTAMPDIFF(DAY, ts, ts2) AS d, TIMESTAMPDIFF(MONTH, ts, ts2) AS mo, TIMESTAMPDIFF(YEAR, dt, ts2) AS y, TIMESTAMPDIFF(DAY, dt, DATE '2026-03-01') AS dd FROM things WHERE dt > DATE '1990-01-01';
-- name: timestampadd
SELECT id, TIMESTAMPADD(HOUR, 1, ts) AS h, TIMESTAMPADD(DAY, -30, ts2) AS d, TIMESTAMPADD(MONTH, 1, dt) AS m, TIMESTAMPADD(SECOND, i, ts) AS s FROM things WHERE id <> 6;
-- name: floor_ceil_time
SELECT id, FLOOR(ts2 TO HOUR) AS fh, CEIL(ts2 TO HOUR) AS ch, FLOOR(ts2 TO DAY) AS fd, CEIL(ts2 TO DAY) AS cd, FLOOR(ts2 TO MONTH) AS fm, CEIL(ts2 TO MONTH) AS cm, FLOOR(ts2 TO YEAR) AS fy, FLOOR(dt TO MONTH) AS dm, FLOOR(ts2 TO MINUTE) AS mi FROM things;
-- name: floor_week
SELECT id, FLOOR(ts2 TO WEEK) AS fw, FLOOR(dt TO WEEK) AS dw, FLOOR(dt TO QUARTER) AS dq FROM things;
-- name: to_timestamp
SELECT TO_TIMESTAMP('2026-01-02 03:04:05') AS a, TO_TIMESTAMP('2026/01/02 03', 'yyyy/MM/dd HH') AS b, TO_DATE('2026-01-02') AS c, TO_TIMESTAMP('nonsense') AS d, TO_DATE('02.01.2026', 'dd.MM.yyyy') AS e;
-- name: to_timestamp_ltz
SELECT id, TO_TIMESTAMP_LTZ(b, 0) AS s, TO_TIMESTAMP_LTZ(b, 3) AS m, CAST(TO_TIMESTAMP_LTZ(b, 3) AS TIMESTAMP(3)) AS t FROM things WHERE id <> 6;
-- name: unix_time
SELECT FROM_UNIXTIME(1767225600) AS a, FROM_UNIXTIME(1767225600, 'yyyy-MM-dd') AS b, UNIX_TIMESTAMP('2026-01-01 00:00:01') AS c, UNIX_TIMESTAMP('2026-01-01', 'yyyy-MM-dd') AS d;
-- name: time_literals
SELECT DATE '2026-01-02' AS d, TIME '03:04:05' AS t, TIMESTAMP '2026-01-02 03:04:05.678' AS ts, INTERVAL '1' DAY + DATE '2026-01-01' AS i;
-- name: date_difference
SELECT id, CAST(ts2 AS DATE) > dt AS later, (ts2 - ts) SECOND > INTERVAL '1' DAY AS long_ago FROM things;
-- name: clock
-- run: no
SELECT order_id, CURRENT_TIMESTAMP AS n, LOCALTIMESTAMP AS l, CURRENT_DATE AS d, PROCTIME() AS p, CURRENT_WATERMARK(ts) AS w, NOW() AS n2, UNIX_TIMESTAMP() AS u FROM orders;
-- name: current_watermark
SELECT order_id, ts, CURRENT_WATERMARK(ts) AS wm FROM orders;
-- name: not_late_filter
SELECT order_id, ts FROM orders WHERE CURRENT_WATERMARK(ts) IS NULL OR ts > CURRENT_WATERMARK(ts);
-- name: convert_tz
SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', 'Europe/Paris') AS c;
