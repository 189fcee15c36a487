"""An IMS content package: a ZIP of items with a manifest that names them. Both versions of QTI travel in one."""

import io
import zipfile
from collections.abc import Mapping

from app.papers.export.xml import escaped

MANIFEST = "imsmanifest.xml"
# ZIP cannot say less; a fixed date makes the same test the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.encode())
    return out.getvalue()


def manifest(
    *,
    identifier: str,
    namespace: str,
    schema: tuple[str, str],
    test: str,
    kinds: Mapping[str, str],
    prefix: str,
) -> str:
    """The manifest. `schema` is its name and version; `kinds` gives the resource type of each file, `test` names the
    one that depends on all others. `prefix` begins the identifier of every resource.
    """
    names = {name: f"{prefix}-{name.partition('.')[0]}" for name in kinds}
    others = "".join(f'<dependency identifierref="{name}"/>' for file, name in names.items() if file != test)
    resources = "\n".join(
        f'<resource identifier="{names[file]}" type="{kind}" href="{escaped(file)}"><file href="{escaped(file)}"/>'
        f"{others if file == test else ''}</resource>"
        for file, kind in kinds.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="{namespace}" identifier="{escaped(identifier)}">\n'
        f"<metadata><schema>{schema[0]}</schema><schemaversion>{schema[1]}</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{resources}\n</resources>\n</manifest>\n"
    )
