"""An exam's folder in the shape of a real school's: `python -m tests.support.school_folder FOLDER` makes it.

The pages are those of the sample exam. One student's are a scanner's PDF, another's are photos of a phone that was held
sideways, others are a fax's TIFF, a JPEG and a PNG, a loose file with a name as macOS stores it. The marks are a
workbook as teachers keep it. Beside them lie files that are no scans. `--student NAME` adds one more student.
"""

import argparse
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from PIL import Image
from pillow_heif import register_heif_opener  # type: ignore[import-untyped] # it carries no types

from app import samples

PDF, PHOTOS, TIFF, FRONT_AND_BACK, ONE_PAGE, LOOSE = "0041", "0042", "0043", "0044", "0045", "Zoë"
STUDENTS = dict(zip((PDF, PHOTOS, TIFF, FRONT_AND_BACK, ONE_PAGE, LOOSE), samples.scripts(), strict=True))
UNKNOWN = ("old scans.zip", "seating plan.docx", "0041/read me.txt")
# Two phones write the same turn in two ways: in the container, or in EXIF alone.
_SIDEWAYS, _UPSIDE_DOWN = 6, 3
_TURNS = {_SIDEWAYS: Image.Transpose.ROTATE_90, _UPSIDE_DOWN: Image.Transpose.ROTATE_180}


def make_folder(folder: Path) -> None:
    """Write everything below `folder`, which must not exist."""
    folder.mkdir(parents=True)
    _write(folder / PDF / "scan.pdf", _pdf(_pages(PDF)))
    _write(folder / PDF / "read me.txt", b"Scanned on Monday.")
    _write(folder / PHOTOS / "IMG_9.HEIC", _photo(_pages(PHOTOS)[0], _SIDEWAYS, in_container=True))
    _write(folder / PHOTOS / "IMG_10.HEIC", _photo(_pages(PHOTOS)[1], _UPSIDE_DOWN, in_container=False))
    _write(folder / TIFF / "fax.tif", _tiff(_pages(TIFF)))
    _write(folder / FRONT_AND_BACK / "1 back.png", _saved(_pages(FRONT_AND_BACK)[1], "PNG"))
    # The scanner's program gave a JPEG the wrong ending.
    _write(folder / FRONT_AND_BACK / "1 front.png", _saved(_pages(FRONT_AND_BACK)[0], "JPEG"))
    _write(folder / ONE_PAGE / "page.jpg", _saved(_pages(ONE_PAGE)[0], "JPEG"))
    _write(folder / unicodedata.normalize("NFD", f"{LOOSE}.pdf"), _pdf(_pages(LOOSE)))
    _write(folder / "answer-key.pdf", _pdf([Image.open(page) for page in samples.answer_key_pages()]))
    _write(folder / "old scans.zip", _zip("scan.jpg", b"an older scan"))
    _write(folder / "seating plan.docx", _zip("word/document.xml", b"<document/>"))
    _write(folder / "Thumbs.db", b"written by Windows")
    _write(folder / "marks.xlsx", _marks())


def add_student(folder: Path, name: str) -> None:
    """One more student, whom no human marked."""
    _write(folder / name / "scan.pdf", _pdf(_pages(PDF)))


def _pages(student: str) -> list[Image.Image]:
    return [Image.open(page).convert("L") for page in samples.script_pages(STUDENTS[student])]


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _pdf(pages: Sequence[Image.Image]) -> bytes:
    return _saved(pages[0].convert("L"), "PDF", save_all=True, append_images=list(pages[1:]), resolution=120)


def _tiff(pages: Sequence[Image.Image]) -> bytes:
    black_and_white = [page.convert("1") for page in pages]
    return _saved(
        black_and_white[0],
        "TIFF",
        save_all=True,
        append_images=black_and_white[1:],
        compression="group4",
        dpi=(120, 120),
    )


def _photo(page: Image.Image, orientation: int, *, in_container: bool) -> bytes:
    register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = page.convert("RGB").transpose(_TURNS[orientation])
    return _saved(turned, "HEIF", exif=exif.tobytes() if in_container else exif, quality=60)


def _zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def _marks() -> bytes:
    """A title above the header, ids without their zeros, decimal commas as text, a second human's sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Klasse 8b"
    sheet.append(["Naturwissenschaften, Klasse 8b"])
    sheet.merge_cells("A1:J1")
    sheet.append([])
    ids = [question["question_id"] for question in samples.questions()]
    maxima = [question["max_marks"] for question in samples.questions()]
    sheet.append(["Matrikelnummer", *ids, "Summe", "Bemerkung"])
    sheet.append(["max. Punkte", *maxima, sum(maxima), None])
    second = book.create_sheet("human_mark_2")
    second.append(["Matrikelnummer", *ids])
    for at, (student, script) in enumerate(STUDENTS.items()):
        human = samples.human_marks(script)
        marks = [human.get(question_id) for question_id in ids]
        written = [_as_typed(mark) for mark in marks]
        sheet.append([_id(student), *written, _as_typed(sum(human.values())), "see me" if at == 1 else None])
        second.append([_id(student), *(_as_typed(_second_mark(mark, at)) for mark in marks)])
    sheet.append(["Mittelwert", *("1,5" for _ in ids), None, None])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _id(student: str) -> int | str:
    return int(student) if student.isdecimal() else student


def _as_typed(mark: float | None) -> float | str | None:
    """Whole marks are numbers. Halves have a comma, so the spreadsheet holds them as text."""
    return mark if mark is None or float(mark).is_integer() else f"{mark:g}".replace(".", ",")


def _second_mark(mark: float | None, at: int) -> float | None:
    """The second human is half a mark stricter with every other student."""
    return mark if mark is None or at % 2 else max(0.0, mark - 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make an exam's folder in the shape of a real one.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--student", metavar="NAME", help="add one more student to a folder that is there")
    options = parser.parse_args()
    if options.student:
        add_student(options.folder, options.student)
    else:
        make_folder(options.folder)


if __name__ == "__main__":
    main()
