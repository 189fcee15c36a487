"""What each model can do, read off OpenRouter's list of models."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelCapabilities:
    """None means that the list does not say, or could not be had.

    `supported_parameters` are OpenRouter's names (`structured_outputs`, `response_format`, `reasoning`, ...);
    `max_completion_tokens` is the model's limit on its output, in tokens.
    """

    image_input: bool | None = None
    supported_parameters: frozenset[str] | None = None
    max_completion_tokens: int | None = None

    def supports(self, parameter: str) -> bool:
        return self.supported_parameters is not None and parameter in self.supported_parameters


UNKNOWN = ModelCapabilities()
