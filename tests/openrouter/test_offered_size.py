"""Pages are offered at the cheapest size of the wanted resolution, whatever model reads them."""

import pytest

from app.openrouter.image_tokens import image_tokens
from app.scans.offered import offered_size

MODELS = [
    "openai/gpt-4o",
    "openai/gpt-5",
    "openai/gpt-4.1-mini",
    "anthropic/claude-sonnet-4.5",
    "google/gemini-2.5-flash",
    "google/gemini-3-pro",
    "qwen/qwen3-vl",
    "mistralai/pixtral-large",
    "x-ai/grok-4",
    "maker/model",
]
AT_200_DPI, AT_300_DPI, LETTER_AT_300_DPI = (1654, 2339), (2480, 3508), (2550, 3300)
SCANS = [AT_200_DPI, AT_300_DPI, LETTER_AT_300_DPI, (3508, 2480), (4000, 4000), (3000, 4000), (1200, 3600)]
LONG_SIDE = 2000


@pytest.mark.parametrize("size", SCANS)
@pytest.mark.parametrize("long_side", [800, 1568, 2000, 2200])
def test_a_page_keeps_its_shape_and_the_wanted_resolution(size, long_side):
    width, height = offered_size(*size, long_side)
    assert max(width, height) == long_side
    assert abs(width * size[1] / size[0] - height) <= size[1] / size[0]


@pytest.mark.parametrize("size", [(1, 1), (800, 1100), (2000, 1414), (1, 2000)])
def test_no_page_is_made_larger(size):
    assert offered_size(*size, LONG_SIDE) == size


def test_a_thread_of_a_page_keeps_a_pixel():
    assert offered_size(1, 9000, LONG_SIDE) == (1, LONG_SIDE)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", SCANS)
def test_no_size_of_the_wanted_resolution_costs_any_model_less(model, size):
    offered = image_tokens(model, *offered_size(*size, LONG_SIDE)).likely
    longer = (offered_size(*size, long_side) for long_side in range(LONG_SIDE, max(size) + 1, 16))
    assert offered <= min(image_tokens(model, *one).likely for one in (*longer, size))


@pytest.mark.parametrize(
    ("model", "size", "as_scanned", "offered"),
    [
        ("google/gemini-2.5-flash", AT_200_DPI, 3096, 1548),
        ("google/gemini-2.5-flash", AT_300_DPI, 5160, 1548),
        ("qwen/qwen3-vl", AT_200_DPI, 3779, 2762),
        ("qwen/qwen3-vl", AT_300_DPI, 8496, 2762),
        ("openai/gpt-4o", AT_300_DPI, 1105, 1105),
        ("anthropic/claude-sonnet-4.5", AT_300_DPI, 1600, 1600),
    ],
)
def test_a_page_of_a_fine_scan_costs(model, size, as_scanned, offered):
    assert image_tokens(model, *size).likely == as_scanned
    assert image_tokens(model, *offered_size(*size, LONG_SIDE)).likely == offered
