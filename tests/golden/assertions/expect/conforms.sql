-- conforms: {}
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments WHERE id IS NULL OR CHAR_LENGTH(status) > 10;

