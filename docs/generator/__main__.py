"""`python -m docs.generator` rewrites every generated file."""

from docs.generator.files import FILES, ROOT

for path, text in FILES.items():
    (ROOT / path).write_text(text(), encoding="utf-8")
