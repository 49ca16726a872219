-- allowed_values: {'column': 'status', 'values': ['NEW', "it's", 'PAID']}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE status NOT IN ('NEW', 'it''s', 'PAID');

-- allowed_values: {'column': 'cents', 'values': [1, 2]}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE cents NOT IN (1, 2);

