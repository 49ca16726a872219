-- max_lag: {'column': 'at', 'seconds': 300}
-- needs: __timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE CAST(__timestamp AS TIMESTAMP(3)) > CAST(`at` AS TIMESTAMP(3)) + INTERVAL '5' MINUTE;

-- max_lag: {'column': 'seen_at', 'seconds': 0.25}
-- needs: __timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE CAST(__timestamp AS TIMESTAMP(3)) > CAST(seen_at AS TIMESTAMP(3)) + INTERVAL '0.250' SECOND;

