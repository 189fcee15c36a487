"""An estimate counts a page at the size at which a request shows it."""

import pytest

from app.marks.model import Image, Role
from app.storage.page_sizes import PageSizes
from tests.scans import files

USUAL = (1700, 2200)


class Storage:
    async def head(self, path, n):
        return files.saved(files.page(size=(1654, 2339)), "PNG")[:n] if path == "scan" else None


def image(path):
    return Image(url=f"/images/object/{path}", role=Role.STUDENT, order_index=0, storage_path=path)


@pytest.mark.parametrize(("long_side", "size"), [(None, (1654, 2339)), (2000, (1414, 2000)), (4000, (1654, 2339))])
async def test_a_page_that_goes_inside_the_request_counts_as_large_as_it_is_made_there(long_side, size):
    found = await PageSizes(Storage(), USUAL, long_side=long_side).of([image("scan")])
    assert found == {"/images/object/scan": size}


async def test_a_page_that_is_gone_counts_as_the_usual_one():
    assert await PageSizes(Storage(), USUAL, long_side=2000).of([image("gone")]) == {"/images/object/gone": USUAL}
