async def test_ping(transport):
    assert await transport.ping()
