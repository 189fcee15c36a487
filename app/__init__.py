"""Secondmark: a second marker for exams."""

import sys

__version__ = "0.2.0"

# httpx imports its command line where rich and click are installed: 5 MB and 50 modules that nothing here uses. It goes
# without where the import fails.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
