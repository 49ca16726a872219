-- pattern: {'column': 'status', 'regex': "^[A-Z']+$"}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE NOT REGEXP(status, '^[A-Z'']+$');

