-- sql: SELECT id FROM {{ this() }} WHERE cents < 0
SELECT id FROM payments WHERE cents < 0;

