"""Wire models of `/models`. They describe OpenRouter's own answer, which is passed on unchanged."""

from app.schemas.base import OpenWire


class ModelRow(OpenWire):
    """A model as OpenRouter lists it. OpenRouter documents the other keys."""

    id: str


class ModelsRes(OpenWire):
    data: list[ModelRow]
