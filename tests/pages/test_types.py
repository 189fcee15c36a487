"""The types that the comments of our modules name hold (tsc, which writes nothing)."""

import shutil
import subprocess
from pathlib import Path

import pytest

TSC = Path(__file__).parent / "axe" / "node_modules" / "typescript" / "bin" / "tsc"
MODULES = sorted((Path(__file__).parents[2] / "app" / "pages" / "static").glob("*.js"))
NODE = shutil.which("node")
if NODE is None or not TSC.exists():
    pytest.skip("there is no typescript: npm ci --prefix tests/pages/axe", allow_module_level=True)

TARGET = ("--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler")
LIBRARIES = ("--lib", "es2022,dom,dom.iterable")


def test_every_module_keeps_the_types_that_its_comments_name():
    command = [NODE, TSC, "--noEmit", "--allowJs", "--checkJs", "--strict", *TARGET, *LIBRARIES, *MODULES]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool

    assert len(MODULES) > 10
    assert found.stdout == ""
    assert found.returncode == 0
