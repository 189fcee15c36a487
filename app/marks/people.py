"""Who gave a mark, by the name that a person typed."""

import unicodedata


def person(name: str | None) -> str:
    """Who a typed name is, as `supabase/schemas/person.sql` has it: "Ada", "ada" and " Ada " are one; "" is nobody."""
    return " ".join(unicodedata.normalize("NFC", name or "").split()).lower()
