-- foreign_key: {'column': 'customer', 'ref_source': 'customers', 'ref_key': 'id', 'window': '10 minutes'}
-- needs: payments__shifted with `__check_at` AS event time + 600000 ms as its event time
SELECT child.id, child.customer, child.status, child.cents, child.score, child.`at`, child.seen_at FROM payments__shifted AS child LEFT JOIN customers FOR SYSTEM_TIME AS OF child.__check_at AS parent ON child.customer = parent.id WHERE child.customer IS NOT NULL AND parent.id IS NULL;

-- foreign_key: {'column': 'customer', 'ref_source': 'signups', 'ref_key': 'id'}
-- needs: payments__shifted with `__check_at` AS event time + 3600000 ms as its event time
CREATE TEMPORARY VIEW signups__first AS
SELECT id, since FROM (SELECT id, since, ROW_NUMBER() OVER (PARTITION BY id ORDER BY since) AS __nth FROM signups WHERE id IS NOT NULL) WHERE __nth = 1;
SELECT child.id, child.customer, child.status, child.cents, child.score, child.`at`, child.seen_at FROM payments__shifted AS child LEFT JOIN signups__first FOR SYSTEM_TIME AS OF child.__check_at AS parent ON child.customer = parent.id WHERE child.customer IS NOT NULL AND parent.id IS NULL;

-- foreign_key: {'column': 'customer', 'ref_source': 'customers', 'ref_key': 'name'}
-- `customers` is not keyed by `name`: judged against the latest rows of `customers`
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments AS child WHERE child.customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customers AS parent WHERE parent.`name` = child.customer);

-- foreign_key: {'column': 'customer', 'ref_source': 'timeless'}
-- `timeless` has no event time: judged against the latest rows of `timeless`
SELECT id, customer, status, cents, score, `at`, seen_at FROM payments AS child WHERE child.customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM timeless AS parent WHERE parent.customer = child.customer);

-- foreign_key: {'column': 'customer', 'ref_source': 'customers', 'ref_key': 'id'}
-- `timeless` has no event time: judged against the latest rows of `customers`
SELECT id, customer FROM timeless AS child WHERE child.customer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM customers AS parent WHERE parent.id = child.customer);

