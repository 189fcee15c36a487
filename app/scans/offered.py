"""The size at which models are offered a page. Pure."""


def offered_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The width and height of a page whose longer side may have `long_side` pixels. No page is made larger.

    It is the cheapest size of that resolution, and the same for all models. OpenAI, Anthropic, Mistral and xAI make an
    image smaller until it fits their own limits before they count its tiles or pixels: a page beyond these limits costs
    what a smaller one does. Google counts tiles of 768 pixels and Alibaba patches of 28 or 32 in the image as it was
    sent, so that each needless pixel is paid for. `app.openrouter.image_tokens` has the rules and their sources.
    """
    longest = max(width, height)
    if longest <= long_side:
        return width, height
    return max(1, round(width * long_side / longest)), max(1, round(height * long_side / longest))
