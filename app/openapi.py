"""The description at /openapi.json: FastAPI's own, with what it cannot know set right."""

from typing import Any

from fastapi import FastAPI

JSON = "application/json"
_FIRST_ERROR = "400"


class DescribedApi(FastAPI):
    """An application whose refusals are described as the JSON that they are, also where a success is not JSON."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            for operations in super().openapi()["paths"].values():
                for operation in operations.values():
                    _describe_refusals(operation["responses"])
        return super().openapi()


def _describe_refusals(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= _FIRST_ERROR and "content" in response:
            # FastAPI gives every answer of a route the media type of its success.
            response["content"] = {JSON: next(iter(response["content"].values()))}
