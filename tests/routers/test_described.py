"""What /openapi.json says of the large answers is all that is in them: a new field needs a line in its wire model."""

import pytest

from app.schemas.agreement import AgreementRes
from app.schemas.base import OpenWire
from app.schemas.trust import ReviewQueueRes


def undescribed(value, path=""):
    """The keys of a validated answer that no model names."""
    if isinstance(value, OpenWire):
        yield from (f"{path}.{key}" for key in value.model_extra)
        for name in type(value).model_fields:
            yield from undescribed(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for item in value.values():
            yield from undescribed(item, f"{path}.*")
    elif isinstance(value, list):
        for item in value:
            yield from undescribed(item, f"{path}[]")


@pytest.fixture
async def exam_id(client, send):
    """Two humans, two markers with two tries each, and an answer that was reviewed."""
    _, exam_id = await send(
        *(
            f"s{n},q{question},4,{n % 5},{(n + question) % 5},{marker},{try_index},{(n + try_index) % 5}"
            for n in range(6)
            for question in (1, 2)
            for marker in ("careful", "generous")
            for try_index in (1, 2)
        )
    )
    session = (await client.get(f"/exams/{exam_id}")).json()["sessions"][0]["session_id"]
    review = {"session_id": session, "question_id": "q1", "mark": 2}
    assert (await client.post(f"/exams/{exam_id}/review", json=review)).status_code == 200
    return exam_id


@pytest.mark.parametrize(
    ("path", "model", "many"),
    [("agreement", AgreementRes, "consensus"), ("review-queue?threshold=0", ReviewQueueRes, "items")],
)
async def test_every_field_of_a_large_answer_is_described(client, exam_id, path, model, many):
    answer = model.model_validate((await client.get(f"/exams/{exam_id}/{path}")).json())

    assert getattr(answer, many)
    assert sorted(set(undescribed(answer))) == []
