"""A refusal of a provider or of one request ends its own calls; a refusal of the account stops the run."""

import httpx
import pytest

from tests.grading.fakes import GOOD

BOTH = [{"name": "acme/one", "tries": 3}, {"name": "acme/two", "tries": 3}]
AFFORD = "This request requires more credits, or fewer max_tokens. You requested 9900 tokens, but can only afford 10."


def refusal(status, message, **metadata):
    return httpx.Response(status, json={"error": {"code": status, "message": message, "metadata": metadata}})


@pytest.mark.parametrize(
    "refused",
    [
        refusal(401, "Provider returned error", provider_name="Acme", raw="Incorrect API key"),
        refusal(402, "Provider returned error", provider_name="Acme", raw="Insufficient Balance"),
        refusal(402, AFFORD),
        refusal(403, "Provider returned error", raw="unsupported_country_region_territory"),
    ],
    ids=["key of the provider", "balance at the provider", "too expensive", "region"],
)
async def test_another_model_goes_on(engine, models, refused):
    models.reply = lambda asked: refused if asked.model == "acme/one" else models.marks(GOOD)
    session = await engine.session()
    await engine.grade(engine.process(models.http, capacity=1), session, BOTH)
    progress = await engine.progress(session)

    assert progress["status"] == "graded"
    assert progress["models"]["acme/one"] == {"total": 3, "succeeded": 0, "failed": 3}
    assert progress["models"]["acme/two"] == {"total": 3, "succeeded": 3, "failed": 0}


@pytest.mark.parametrize(
    "refused",
    [refusal(401, "User not found."), refusal(402, "Insufficient credits."), refusal(403, "Key limit exceeded")],
    ids=["key", "credit", "limit of the key"],
)
async def test_the_accounts_refusal_stops_every_model(engine, models, refused):
    models.reply = lambda asked: refused if asked.model == "acme/one" else models.marks(GOOD)
    session = await engine.session()
    await engine.grade(engine.process(models.http, capacity=1), session, BOTH)
    progress = await engine.progress(session)

    assert progress["status"] == "failed"
    assert len(models.asked) < 6
    assert progress["attempts"]["cancelled"] > 0
