"""What the first test in a language waits for. Takes a second or two: not on the event loop."""

from app.generation.language import language_of
from app.generation.wordings.registry import WORDINGS


def warm_up(text: str) -> None:
    """Load the model that tells languages, and compile the table of the text's language."""
    if (wording := WORDINGS.get(language_of(text))) is not None:
        wording.source("")
