-- not_null: {'column': 'id'}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE id IS NULL;

-- not_null: {'columns': ['customer', 'status']}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE customer IS NULL OR status IS NULL;

