-- ordered: {'column': 'at', 'key': 'id'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM (SELECT id, customer, status, cents, score, `at`, seen_at, MAX(`at`) OVER (PARTITION BY id ORDER BY PROCTIME() ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS __greatest FROM payments) WHERE `at` < __greatest AND id IS NOT NULL;

-- ordered: {'column': 'cents'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM (SELECT id, customer, status, cents, score, `at`, seen_at, MAX(cents) OVER (ORDER BY PROCTIME() ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS __greatest FROM payments) WHERE cents < __greatest;

