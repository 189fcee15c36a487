from app.simulator.limits import TokenBucket


def test_a_full_bucket_gives_its_burst_and_then_fills_by_the_rate():
    bucket = TokenBucket(per_second=20, burst=3, tokens=3, at=100.0)

    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(100.04)
    assert bucket.take(100.051)


def test_a_bucket_never_holds_more_than_its_burst():
    bucket = TokenBucket(per_second=20, burst=2, tokens=0, at=0.0)

    assert [bucket.take(60.0) for _ in range(3)] == [True, True, False]
