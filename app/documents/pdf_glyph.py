"""A character of a PDF page with its place. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Character:
    """`made`: pdfium put it in, a space or the end of a line. `text_object` is the address of what drew it. `right`
    is where its ink ends. `is_fixed`: all letters of its font have one width.
    """

    text: str
    x: float
    y: float
    size: float
    made: bool
    text_object: int
    right: float = 0.0
    is_fixed: bool = False

    @property
    def middle(self) -> float:
        """Halfway over its width."""
        return (self.x + max(self.x, self.right)) / 2
