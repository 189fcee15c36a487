"""What XML asks of text, shared by the formats that are XML."""

import re
from html import escape

# XML 1.0 has no way at all to write these.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def storable(text: str) -> str:
    """`text` without the characters that no XML document can hold."""
    return _NOT_XML.sub("", text)


def escaped(text: str) -> str:
    """`text` as character data or as the value of an attribute in double quotes."""
    return escape(storable(text))


def plain_number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)
