from app import __version__
from app.store.transport import unavailable


class Away:
    """A database that does not answer."""

    async def open(self): ...

    async def close(self): ...

    async def call(self, function, arguments):
        raise unavailable()

    async def ping(self):
        return False


async def test_a_process_that_lives_says_so_without_a_database(connect_app):
    client = await connect_app(overrides={"transport": Away()}, openrouter_api_key=None)

    response = await client.get("/health")

    assert response.status_code == 200
    assert response.json() == {"ok": True, "version": __version__, "mode": "embedded"}


async def test_ready_names_database_and_queue(client):
    response = await client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {
        "ok": True,
        "version": __version__,
        "mode": "embedded",
        "database": "ok",
        "queue": "inline",
    }


async def test_while_the_database_is_away_it_is_not_ready(connect_app, refused):
    client = await connect_app(overrides={"transport": Away()}, openrouter_api_key=None)

    assert refused(await client.get("/health/ready"), 503, "UPSTREAM_UNAVAILABLE")


async def test_the_mode_says_where_the_rows_are(connect_without_database):
    supabase = {"supabase_url": "https://abc.supabase.co", "supabase_service_role_key": "key"}
    for settings, mode in [({"database_url": "postgresql://x"} | supabase, "postgres"), (supabase, "supabase")]:
        client = await connect_without_database(**settings)
        assert (await client.get("/health")).json()["mode"] == mode


async def test_the_models_that_were_asked_say_how_they_fare(client):
    gates = client._transport.app.state.parts.gates
    sent = (await gates.turn("m/one")).leave()
    gates.refused("m/one", sent, 1.0)
    gates.answered("m/one", is_error=True)
    response = await client.get("/health/models")

    assert response.json() == {
        "models": [
            {"model": "m/one", "state": "limited", "rate": None, "at_once": None, "waiting": 0, "error_share": 1.0}
        ]
    }


async def test_with_keys_only_the_two_health_paths_are_open(connect_without_database):
    client = await connect_without_database(api_keys="key-1")

    assert (await client.get("/health")).status_code == 200
    for path in ("/health/models", "/health/other", "/healthy"):
        assert (await client.get(path)).status_code == 401
    assert (await client.get("/health/models", headers={"Authorization": "Bearer key-1"})).status_code == 200
