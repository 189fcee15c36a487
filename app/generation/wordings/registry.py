"""Which languages have a table. Pure."""

from collections.abc import Mapping

from app.generation.wordings.arabic import ARABIC
from app.generation.wordings.chinese import CHINESE
from app.generation.wordings.english import ENGLISH
from app.generation.wordings.french import FRENCH
from app.generation.wordings.german import GERMAN
from app.generation.wordings.hindi import HINDI
from app.generation.wordings.portuguese import PORTUGUESE
from app.generation.wordings.spanish import SPANISH
from app.generation.wordings.table import Wording

WORDINGS: Mapping[str, Wording] = {
    "en": ENGLISH,
    "hi": HINDI,
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "ar": ARABIC,
    "zh": CHINESE,
}
