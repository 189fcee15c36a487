"""Whether OpenRouter answers at all, asked once before anything is sent."""

import httpx

from app.commands.errors import CommandError
from app.openrouter.proxy import proxy_from_environment
from app.settings import Settings

_SECONDS = 10


async def check_openrouter(settings: Settings) -> None:
    """Raises CommandError where nothing answers at OPENROUTER_BASE_URL, or where a page for browsers does."""
    url = settings.openrouter_base_url
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, proxy=proxy_from_environment(url)) as http:
            response = await http.get(url.rstrip("/") + "/models")
    except httpx.TransportError as error:
        raise CommandError(
            f"OPENROUTER_BASE_URL: {url} does not answer ({type(error).__name__}): check the address and the network."
        ) from None
    if "html" in response.headers.get("content-type", ""):
        raise CommandError(f"OPENROUTER_BASE_URL: {url} answers with a web page: it is not the address of an API.")
