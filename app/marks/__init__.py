"""What a mark, a question and a call are. Pure, and without numpy: every part imports it."""
