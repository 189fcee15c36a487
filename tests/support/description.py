"""The description of the API, read from its file: to make it takes two seconds. tests/test_docs.py compares both."""

import json
from pathlib import Path
from typing import Any

DESCRIPTION: dict[str, Any] = json.loads((Path(__file__).parents[2] / "openapi.json").read_text())
