import json
import random
import string
from pathlib import Path

import pytest

from app.documents.garbled import is_garbled
from app.documents.nonsense import is_nonsense

GOLDEN = Path(__file__).parents[1] / "golden" / "sense"


def _texts(name: str) -> dict[str, str]:
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


# The first and third article of the Universal Declaration of Human Rights.
DECLARATION = _texts("declaration")
OTHER_TEXT = _texts("other")
# The same in Hindi, as a font for typewriters had it.
KRUTI_DEV = (
    """lHkh euq"; tUe ls Lora= vkSj xfjek rFkk vf/kdkjksa esa leku gSaA mUgsa cqf) vkSj vUrjkRek dh nsu çkIr gS vkSj """
    "ijLij mUgsa HkkbZpkjs ds Hkko ls crkZo djuk pkfg,A izR;sd O;fDr dks thou] Lok/khurk "
    "vkSj oS;fDrd lqj{kk dk vf/kdkj gSA"
)


@pytest.mark.parametrize("language", DECLARATION)
def test_a_text_of_any_language_makes_sense(language):
    assert not is_garbled(DECLARATION[language])


@pytest.mark.parametrize("kind", OTHER_TEXT)
def test_names_code_formulas_and_substances_make_sense(kind):
    assert not is_garbled(OTHER_TEXT[kind])


def test_letters_of_a_font_from_before_unicode_make_none():
    assert is_garbled(KRUTI_DEV)


@pytest.mark.parametrize("by", [1, 3, 25])
def test_letters_that_a_font_has_moved_make_none(by):
    small = string.ascii_lowercase
    assert is_garbled(DECLARATION["en"].lower().translate(str.maketrans(small, small[by:] + small[:by])))


def test_of_texts_whose_letters_a_font_exchanges_nearly_all_are_found():
    chance = random.Random(7)  # noqa: S311 - no secrets
    found = []
    for language in ("en", "de", "es", "pl", "fi"):
        for _ in range(40):
            other = "".join(chance.sample(string.ascii_lowercase, 26))
            found.append(
                is_nonsense(DECLARATION[language].lower().translate(str.maketrans(string.ascii_lowercase, other)))
            )
    assert sum(found) >= 0.93 * len(found)


def test_bytes_taken_for_letters_make_none():
    assert is_garbled(DECLARATION["fr"].encode().decode("cp1252", errors="replace"))
    assert not is_garbled("A MANHÃ NÃO É FÁCIL. " * 20)


def test_a_few_letters_are_never_judged():
    assert not is_nonsense("xqzv kjhgf " * 5)
