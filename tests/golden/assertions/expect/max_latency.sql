-- max_latency: {'from': 'at', 'to': 'seen_at', 'max': '2 seconds'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE CAST(seen_at AS TIMESTAMP(3)) > CAST(`at` AS TIMESTAMP(3)) + INTERVAL '2' SECOND;

