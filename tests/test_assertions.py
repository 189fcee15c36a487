"""Every test holds an assertion: its reader sees there what it promises."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
FILES = sorted(path for path in TESTS.rglob("test_*.py") if "node_modules" not in path.parts)
EXPECTATIONS = {"raises", "fail", "warns"}  # of pytest

Function = ast.FunctionDef | ast.AsyncFunctionDef


def found_in(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test_"):
            yield node


def asserts(test: Function) -> bool:
    """By `assert`, by pytest's expectations, or by a helper whose name begins with `check_` or `assert_`."""
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _expects(_called(node)))
        for node in ast.walk(test)
    )


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _expects(name: str) -> bool:
    return name in EXPECTATIONS or name.startswith(("check_", "assert_"))


def test_every_test_asserts_something():
    silent = [
        f"{path.relative_to(TESTS)}: {test.name}"
        for path in FILES
        for test in found_in(ast.parse(path.read_text("utf-8")))
        if not asserts(test)
    ]

    assert silent == []


def test_a_test_without_an_assertion_would_be_found():
    written = "def test_a():\n    work()\n\nasync def test_b():\n    with pytest.raises(E):\n        work()\n"

    assert [asserts(test) for test in found_in(ast.parse(written))] == [False, True]
