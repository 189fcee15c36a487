"""What the start page lists, over both transports."""

import pytest

from app.store.overview import OverviewStore


@pytest.fixture
def overview(transport):
    return OverviewStore(transport)


async def test_pages_of_the_overview_follow_one_another_newest_first(overview, create_exam, graded, create):
    exam_id = await create_exam("数学")
    await graded(exam_id)
    script = await create()

    (first,) = await overview.newest(limit=1, kind=None, before=None)
    rest = await overview.newest(limit=9, kind=None, before=(first["created_at"], first["id"]))

    assert (first["kind"], first["id"]) == ("script", script)
    assert [(row["kind"], row["id"], row["name"], row["n_scripts"]) for row in rest] == [("exam", exam_id, "数学", 1)]
    assert [row["id"] for row in await overview.newest(limit=9, kind="exam", before=None)] == [exam_id]
    assert await overview.newest(limit=9, kind="test", before=None) == []


async def test_the_overview_holds_what_is_the_owner_s(overview, exams, store):
    exam_id = await exams.for_owner("ada").create_exam("hers", [])
    await store.for_owner("bob").create_session(name="his")

    assert [row["id"] for row in await overview.for_owner("ada").newest(limit=9, kind=None, before=None)] == [exam_id]
    assert [row["name"] for row in await overview.for_owner("bob").newest(limit=9, kind=None, before=None)] == ["his"]
    assert await overview.for_owner("eve").newest(limit=9, kind=None, before=None) == []
    assert len(await overview.newest(limit=9, kind=None, before=None)) == 2
