"""How log lines look: as JSON for programs, as text for a person. Every line says which work it is about."""

import json
import logging
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from app.monitoring.about import now_about
from app.monitoring.tracebacks import safe_traceback

# Libraries that log addresses: those hold tokens.
_LOG_ADDRESSES = ("httpx", "httpcore", "aiohttp", "psycopg.pool", "hpack", "opentelemetry")
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Formatter(logging.Formatter):
    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        return safe_traceback(ei[1]) if ei[1] is not None else ""


class JsonFormatter(_Formatter):
    """One JSON object a line: time, level, logger, message, then what the line is about and its figures."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **now_about(),
            **getattr(record, "figures", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # A lone surrogate is no text in UTF-8: written as an escape, it cannot break the line.
        return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()


class TextFormatter(_Formatter):
    """Time, level, logger and message, then what the line is about in brackets. A message never begins a new line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = _on_one_line(record.message)
        about = " ".join(f"{name}={_on_one_line(str(value))}" for name, value in now_about().items())
        return f"{super().formatMessage(record)} [{about}]" if about else super().formatMessage(record)


def _on_one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def configure_logging(level: str, form: Literal["auto", "text", "json"]) -> None:
    """Send every log line to standard error; "auto" is text on a terminal, else JSON. Libraries that log addresses may
    log warnings only.
    """
    is_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if is_json else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for library in _LOG_ADDRESSES:
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelName(level)))
