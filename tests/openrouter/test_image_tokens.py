import pytest

from app.openrouter.catalogue import ModelPrice
from app.openrouter.estimate import most_usd
from app.openrouter.image_tokens import image_tokens


@pytest.mark.parametrize(
    ("model", "size", "likely"),
    [
        # The makers' own examples.
        ("openai/gpt-4o", (1024, 1024), 765),
        ("openai/gpt-4o", (2048, 4096), 1105),
        ("openai/gpt-4.1-mini", (1024, 1024), 1659),
        ("anthropic/claude-sonnet-4.5", (1000, 1000), 1334),
        ("anthropic/claude-sonnet-4.5", (1700, 2200), 1600),
        ("google/gemini-2.5-flash", (384, 384), 258),
        ("google/gemini-2.5-flash", (1536, 1536), 4 * 258),
        ("simulated/careful", (1, 1), 1100),
    ],
)
def test_a_page_takes_what_its_maker_says(model, size, likely):
    assert image_tokens(model, *size).likely == likely


@pytest.mark.parametrize("model", ["openai/gpt-9", "anthropic/a", "google/b", "qwen/c", "mistralai/d", "x-ai/e", "f/g"])
@pytest.mark.parametrize("size", [(100, 100), (1700, 2200), (2200, 1700), (6000, 9000)])
def test_the_worst_case_is_never_below_the_likely_one(model, size):
    found = image_tokens(model, *size)
    assert 0 < found.likely <= found.most


def test_the_worst_case_of_a_request_is_its_whole_output_and_all_it_shows():
    image = {"type": "image_url", "image_url": {"url": "https://scans.test/1.png"}}
    parts = [{"type": "text", "text": "word" * 100}, image, image]
    messages = [{"role": "system", "content": "word" * 100}, {"role": "user", "content": parts}]
    body = {"model": "simulated/careful", "messages": messages, "max_tokens": 1000}
    most = most_usd(body, ModelPrice(prompt=1e-6, completion=1e-5, request=0.5))
    assert most == pytest.approx(0.5 + (400 + 2200) * 1.25e-6 + 1000 * 1e-5)
    assert most_usd(body, None) == 0


def test_the_worst_case_counts_pages_as_large_as_the_operator_has_them_made():
    image = {"type": "image_url", "image_url": {"url": "https://scans.test/1.png"}}
    body = {"model": "google/gemini-2.5-flash", "messages": [{"role": "user", "content": [image]}], "max_tokens": 0}
    price = ModelPrice(prompt=1e-6, completion=0, request=0)
    assert most_usd(body, price, page_long_side=800) == most_usd(body, price)
    assert most_usd(body, price, page_long_side=4000) >= image_tokens(body["model"], 4000, 4000).likely * 1e-6
