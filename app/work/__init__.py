"""How work is held: who works on what, under which lease, which calls it makes, and who is told about it."""
