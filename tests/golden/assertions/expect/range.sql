-- range: {'column': 'cents', 'min': 0, 'max': 100}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE cents < 0 OR cents > 100;

-- range: {'column': 'score', 'max': 0.5}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE score > 0.5E0;

-- range: {'column': 'seen_at', 'min': '2026-01-01'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE seen_at < CAST(TIMESTAMP '2026-01-01 00:00:00' AS TIMESTAMP_LTZ(3));

