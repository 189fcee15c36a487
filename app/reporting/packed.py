"""Questions and answers of computations as texts, which the database carries from a server to a worker and back.

They are pickled, because they are arrays and nested records. What is read back may name only what such a text has to
hold: records of this program, its errors, arrays, and functions of app.reporting. So whoever can write to the database
can not make a process run a program of theirs.
"""

import io
import pickle
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from types import FunctionType
from typing import Any

# Modules of this program of which every class may stand in a text, and those of which only records and errors may.
_CLASSES = ("app.agreement.", "app.marks.")
_RECORDS = ("app.reporting.", "app.errors.")
_FUNCTIONS = ("app.reporting.",)
_OTHERS = frozenset(
    {
        *(("builtins", name) for name in ("set", "frozenset", "complex", "slice", "range", "ValueError", "TypeError")),
        *(("collections", name) for name in ("OrderedDict", "Counter", "deque")),
        *(("datetime", name) for name in ("date", "datetime", "timedelta", "timezone")),
        ("decimal", "Decimal"),
        ("uuid", "UUID"),
        *(("numpy", name) for name in ("ndarray", "dtype")),
        *(("numpy._core.multiarray", name) for name in ("_reconstruct", "scalar")),
        ("numpy._core.numeric", "_frombuffer"),
    }
)


class NotAllowedError(ValueError):
    """A text names something that no question and no answer holds."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        inside = f"{module}."
        if (module, name) in _OTHERS or inside.startswith((*_CLASSES, *_RECORDS)):
            found = super().find_class(module, name)
            if (module, name) in _OTHERS or _may_stand(found, inside):
                return found
        raise NotAllowedError(f"{module}.{name} has no place in a computation.")


def _may_stand(found: object, inside: str) -> bool:
    # Not what a module has imported, such as a class of another library.
    if not isinstance(found, type) or f"{found.__module__}." != inside:
        return False
    is_record = is_dataclass(found) or issubclass(found, (Enum, Exception)) or hasattr(found, "_fields")
    return is_record or inside.startswith(_CLASSES)


def pack(value: object) -> str:
    """`value` as text."""
    return b64encode(zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)).decode()


def unpack(text: str) -> Any:
    """The value of a text. Raises NotAllowedError."""
    return _Reader(io.BytesIO(zlib.decompress(b64decode(text)))).load()


def question_of(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """The question for `function(*arguments)`, a function of a module in app.reporting."""
    return pack((function.__module__, function.__qualname__, arguments))


def answer_to(question: str) -> tuple[str, bool]:
    """The answer of the function that the question names, or the error that it raises, and whether it is an error.
    Raises MemoryError, because there is no room for an answer then.
    """
    try:
        module, name, arguments = unpack(question)
        return pack((True, _function(module, name)(*arguments))), False
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - raised where the answer is read
        return failure(error), True


def failure(error: Exception) -> str:
    """The answer that raises this error."""
    return pack((False, error))


def value_of(answer: str) -> Any:
    """Raises the error that the answer holds."""
    succeeded, value = unpack(answer)
    if not succeeded:
        raise value
    return value


def _function(module: str, name: str) -> Callable[..., Any]:
    if not f"{module}.".startswith(_FUNCTIONS):
        raise NotAllowedError(f"{module}.{name} is no computation.")
    found = getattr(import_module(module), name, None)
    if not isinstance(found, FunctionType) or found.__module__ != module:
        raise NotAllowedError(f"{module}.{name} is no computation.")
    return found
