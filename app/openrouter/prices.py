"""Whether a limit on cost can be kept."""

from collections.abc import Iterable

from app.errors import UnprocessableError, UpstreamUnavailableError
from app.openrouter.catalogue import Catalogue

FIELD = "max_cost_usd"


async def check_prices(models: Iterable[str], catalogue: Catalogue) -> None:
    """A limit can be kept only for models whose prices are known.

    Raises UnprocessableError naming the model, and UpstreamUnavailableError without a list of models.
    """
    if not await catalogue.has_list():
        raise UpstreamUnavailableError(
            f"{FIELD}: OpenRouter does not give its list of models at the moment, and without prices the limit cannot "
            "be kept. Try again, or leave the limit out."
        )
    for model in sorted(set(models)):
        if (await catalogue.capabilities(model)).price is None:
            raise UnprocessableError.field(
                FIELD,
                f"OpenRouter's list has no price of {model}, so that the limit cannot be kept. Leave the model or the "
                "limit out.",
            )
