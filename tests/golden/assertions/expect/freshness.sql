-- freshness: {'max_age': '1 minute'}
-- the freshness that tests ask for is not judged over samples; `monitor` watches it on a live system

