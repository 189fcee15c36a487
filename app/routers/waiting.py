"""How long a request waits for an analysis, and the answer that it gets meanwhile."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from app.reporting.jobs import Computing, Waiter
from app.schemas.trust import ComputingRes

# What takes longer is answered with 202, unless the client waits.
PATIENCE_SECONDS = 2.0
_WAIT = Query(description="hold the answer until it is there, instead of 202 after two seconds")
COMPUTING: dict[int | str, dict[str, Any]] = {
    202: {"model": ComputingRes, "description": "The analysis goes on; ask again."}
}
"""Among the `responses` of each route with a `WaiterDep`."""


async def _waiter(request: Request, *, wait: Annotated[bool, _WAIT] = False) -> Waiter:
    return Waiter(None if wait else PATIENCE_SECONDS, request.is_disconnected)


async def _patient_waiter(request: Request) -> Waiter:
    return Waiter(None, request.is_disconnected)


WaiterDep = Annotated[Waiter, Depends(_waiter)]
"""For routes that answer 202 with the progress of an analysis after two seconds, or hold the answer at `?wait=true`."""
PatientWaiterDep = Annotated[Waiter, Depends(_patient_waiter)]
"""For pages and files, which browsers wait for."""


def install(app: FastAPI) -> None:
    """Answer `Computing` with 202."""
    app.add_exception_handler(Computing, _computing)


async def _computing(_: Request, going_on: Exception) -> JSONResponse:
    assert isinstance(going_on, Computing)  # noqa: S101 - what the handler is registered for
    return JSONResponse(going_on.as_json(), HTTPStatus.ACCEPTED, headers={"Retry-After": "1"})
