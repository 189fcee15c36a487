"""The model's answer as one reply holds it, complete or not."""

from dataclasses import asdict, dataclass, field

from app.marks.model import Json, Usage

NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` is all that the model wrote, also where the answer was cut or failed; None where it wrote nothing.

    `finish_reason` is OpenRouter's word for how the answer ended, `native_finish_reason` the provider's; both are in
    lower case, and None where the reply does not say.
    """

    content: str | None = field(default=None, repr=False)
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    provider: str | None = None
    generation_id: str | None = None
    model: str | None = None
    usage: Usage = NO_USAGE

    @property
    def text(self) -> str:
        """The content, "" where there is none."""
        return self.content or ""

    def as_json(self) -> dict[str, Json]:
        return asdict(self)


NO_ANSWER = Answer()
