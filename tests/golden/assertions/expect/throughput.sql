-- throughput: {'min': 1, 'window': '1 minute'}
-- the throughput that tests ask for is not judged over samples; `monitor` watches it on a live system

