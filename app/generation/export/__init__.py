"""What a test can be exported as: one small module for each format, `write(test, extent) -> bytes` in each."""

from app.generation.export.formats import FORMATS, Format

__all__ = ["FORMATS", "Format"]
