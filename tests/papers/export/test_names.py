import re
from urllib.parse import unquote

import pytest

from app.papers.export.names import disposition

HEADER = re.compile(r"attachment; filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)")


def names(title: str, ending: str = ".xml") -> tuple[str, str]:
    plain, full = HEADER.fullmatch(disposition(title, ending)).groups()
    return plain, unquote(full)


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("Cells, group B", "Cells-group-B.xml", "Cells, group B.xml"),
        ("Zürich: Übung 3/4", "Zurich-Ubung-3-4.xml", "Zürich Übung 3 4.xml"),
        ("光合作用", "test.xml", "光合作用.xml"),
        ('a"; filename=b', "a-filename-b.xml", "a ; filename=b.xml"),
        ("../../etc/passwd", "etc-passwd.xml", "etc passwd.xml"),
        ("a\r\nSet-Cookie: b", "a-Set-Cookie-b.xml", "a Set-Cookie b.xml"),
        ("cells\u202efdp", "cells-fdp.xml", "cells fdp.xml"),
        (" . ", "test.xml", "test.xml"),
    ],
)
def test_a_file_is_called_like_its_test(title: str, plain: str, full: str):
    assert names(title) == (plain, full)


@pytest.mark.parametrize("title", ["x" * 500, "数" * 500])
def test_a_long_title_is_cut_and_keeps_the_ending(title: str):
    for name in names(title, ".qti21.zip"):
        assert name.endswith(".qti21.zip")
        assert len(name.encode()) < 255
