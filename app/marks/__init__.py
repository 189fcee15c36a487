"""The domain types: mark, question, call. Pure, and without numpy, because every part imports them."""
