"""The simulator bills images by the makers' rules, in code of its own."""

import io

import pytest

from app.openrouter.image_tokens import image_tokens
from app.simulator.image_tokens import tokens_of_image
from app.storage.urls import data_url
from tests.scans import files


@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "google/gemini-2.5-flash"])
@pytest.mark.parametrize("size", [(300, 380), (700, 900), (1414, 2000), (2000, 1414), (1600, 2000)])
@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_the_simulator_bills_what_the_estimate_says(model, size, kind, media_type):
    file = io.BytesIO()
    files.page(size=size).save(file, kind)
    assert tokens_of_image(model, data_url(file.getvalue(), media_type)) == image_tokens(model, *size).likely


@pytest.mark.parametrize(
    "url",
    [
        "https://scans.test/1.png",
        "data:image/png;base64,AAAA",
        "data:image/jpeg;base64,/9j/",
        "data:image/png;base64,%",
    ],
)
def test_the_simulator_bills_a_flat_sum_for_an_image_whose_size_it_does_not_see(url):
    assert tokens_of_image("google/gemini-2.5-flash", url) == 1100
