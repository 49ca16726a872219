-- name: json_value
SELECT id, JSON_VALUE(j, '$.a.b') AS b, JSON_VALUE(j, '$.n') AS n, JSON_VALUE(j, '$.txt') AS t, JSON_VALUE(j, '$.flag') AS f, JSON_VALUE(j, '$.arr[0]') AS a0, JSON_VALUE(j, '$.arr') AS arr FROM things;
-- name: json_value_returning
SELECT id, JSON_VALUE(j, '$.n' RETURNING STRING DEFAULT '0' ON EMPTY NULL ON ERROR) AS n, JSON_VALUE(j, '$.f' RETURNING DOUBLE) AS f, JSON_VALUE(j, '$.flag' RETURNING BOOLEAN) AS b FROM things;
-- name: json_value_default
SELECT id, JSON_VALUE(j, '$.txt' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR) AS t FROM things;
-- name: json_value_error
SELECT id, JSON_VALUE(j, '$.txt' ERROR ON EMPTY) AS t FROM things;
-- name: json_value_integer
SELECT id, JSON_VALUE(j, '$.n' RETURNING INT) AS n FROM things WHERE id IN (1, 5, 6);
-- name: json_query
SELECT id, JSON_QUERY(j, '$.arr') AS a, JSON_QUERY(j, '$.a') AS o, JSON_QUERY(j, '$.arr' WITH WRAPPER) AS w, JSON_QUERY(j, '$.n') AS n FROM things;
-- name: json_exists
SELECT id, JSON_EXISTS(j, '$.x') AS x, JSON_EXISTS(j, '$.a.b') AS ab, j IS JSON AS is_json, j IS JSON OBJECT AS is_object FROM things;
-- name: json_object
SELECT id, JSON_OBJECT('id' VALUE id, 's' VALUE str NULL ON NULL) AS j, JSON_OBJECT('s' VALUE str, 'd' VALUE d ABSENT ON NULL) AS k, JSON_ARRAY(id, str) AS a, JSON_STRING(str) AS s FROM things;
-- name: row_access
SELECT id, addr.city AS c, addr.zip AS z, t.addr.zip + 1 AS z1, tags[1] AS t1, tags[9] AS t9, attrs['k'] AS k, attrs['none'] AS n, CARDINALITY(tags) AS ct, CARDINALITY(attrs) AS cm, items[1].sku AS sku FROM things AS t;
-- name: constructors
SELECT id, ROW(id, str) AS r, ARRAY[1, id, 3] AS a, MAP['k', id, 'm', 1] AS m, ARRAY['x', str] AS s FROM things;
-- name: cast_nested
SELECT id, CAST(addr AS ROW<town STRING, code BIGINT>) AS r, CAST(NULL AS ARRAY<STRING>) AS ar, CAST(NULL AS MAP<STRING, INT>) AS m, CAST(ARRAY[1, 2] AS ARRAY<BIGINT>) AS b FROM things;
-- name: cast_nested_to_string
SELECT id, CAST(addr AS STRING) AS r, CAST(tags AS STRING) AS a, CAST(attrs AS STRING) AS m FROM things;
-- name: array_functions
SELECT id, ARRAY_CONTAINS(tags, 'a') AS c, ARRAY_DISTINCT(tags) AS d, ARRAY_POSITION(tags, 'd') AS p, ARRAY_REVERSE(tags) AS r, ARRAY_APPEND(tags, 'z') AS ap, ARRAY_CONCAT(tags, ARRAY['q']) AS cc, ARRAY_JOIN(tags, '-') AS j, ARRAY_MAX(tags) AS mx, ARRAY_SLICE(tags, 1, 2) AS sl, ELEMENT(ARRAY[id]) AS el FROM things;
-- name: map_functions
SELECT id, MAP_KEYS(attrs) AS k, MAP_VALUES(attrs) AS v, MAP_FROM_ARRAYS(ARRAY['a'], ARRAY[id]) AS f FROM things;
