-- unique_key: {'key': 'id'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM (SELECT id, customer, status, cents, score, `at`, seen_at, LAG(`at`) OVER (PARTITION BY id ORDER BY `at`) AS __before FROM payments) WHERE id IS NULL OR __before >= `at` - INTERVAL '1' HOUR;

-- unique_key: {'key': ['id', 'status'], 'window': '15 minutes'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM (SELECT id, customer, status, cents, score, `at`, seen_at, LAG(`at`) OVER (PARTITION BY id, status ORDER BY `at`) AS __before FROM payments) WHERE id IS NULL OR status IS NULL OR __before >= `at` - INTERVAL '15' MINUTE;

-- unique_key: {'key': 'id'}
-- `timeless` has no event time: all its records are one window
SELECT id, customer FROM (SELECT id, customer, COUNT(*) OVER (PARTITION BY id ORDER BY PROCTIME()) AS __so_far FROM timeless) WHERE id IS NULL OR __so_far > 1;

