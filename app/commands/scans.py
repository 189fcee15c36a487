"""What a folder holds of scans: which files are pages, in which order, and what is left out, each with its reason."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from natsort import natsort_keygen, ns

from app.commands.errors import CommandError
from app.mark_tables.names import folded
from app.scans.kinds import NAMES, SNIFF_BYTES, kind_of, other_kind

# What file systems and archives add by themselves.
_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
# The texts that the bundled scripts were drawn from.
_DRAWN_FROM = "answers.json"
_SIDES = {
    **dict.fromkeys(("front", "recto", "vorne", "vorderseite", "anverso", "fronte"), "0"),
    **dict.fromkeys(("back", "verso", "hinten", "rückseite", "rueckseite", "reverso", "retro", "rear"), "1"),
}
_SIDE = re.compile(rf"(?<![^\W_])({'|'.join(_SIDES)})(?![^\W_])", re.IGNORECASE)
# What Moodle puts behind a student's name when all submissions are downloaded.
_MOODLE = re.compile(r"_\d+_assignsubmission_\w*$")
_natural = natsort_keygen(alg=ns.IGNORECASE)


@dataclass(slots=True)
class LeftOut:
    """Files and folders that nothing uses, with the reason."""

    reasons: dict[Path, str] = field(default_factory=dict)

    def add(self, path: Path, reason: str) -> None:
        self.reasons[path] = reason

    def lines(self, folder: Path) -> list[str]:
        """As a person reads them, named from the exam's folder on."""
        return [f"{path.relative_to(folder)} {reason}" for path, reason in sorted(self.reasons.items())]


def name_of(path: Path, *, is_file: bool = False) -> str:
    """The name of a file or folder in composed letters: some file systems take them apart."""
    return unicodedata.normalize("NFC", path.stem if is_file else path.name)


def is_system(path: Path) -> bool:
    return path.name.startswith(".") or path.name.casefold() in {*_SYSTEM, _DRAWN_FROM}


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Files as people count them: 2 before 10, 1 before 1b before 2, page 2 (1) before page 3, front before back."""
    return sorted(paths, key=lambda path: (_natural(_counted(path)), path.suffix))


def _counted(path: Path) -> str:
    return _SIDE.sub(lambda side: _SIDES[side[1].casefold()], name_of(path, is_file=True))


def pages_in(folder: Path, left_out: LeftOut) -> tuple[Path, ...]:
    """A folder's scans in order. Everything else in it, its folders included, is left out with a reason.

    Raises CommandError for a folder without scans: a script that is left out would cost marks.
    """
    pages = []
    for path in _entries(folder):
        if path.is_dir():
            left_out.add(path, "is a folder inside a script's folder, and is not looked into")
        elif scan_or_reason(path, left_out):
            pages.append(path)
    if not pages:
        first = next((path for path in left_out.reasons if path.parent == folder), None)
        why = f"; {first.name} {left_out.reasons[first]}" if first else f" ({NAMES})"
        raise CommandError(f"{folder}: holds no scans{why}")
    return tuple(in_order(pages))


def _entries(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if not is_system(path)]
    except OSError as error:
        raise CommandError(f"{folder}: cannot be read ({error.strerror})") from None


def scan_or_reason(path: Path, left_out: LeftOut) -> bool:
    """Whether a file is a scan by its content; if not, it is left out with the reason."""
    try:
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror})") from None
    if kind_of(head) is not None:
        return True
    left_out.add(path, other_kind(head, path.suffix.casefold()))
    return False


@dataclass(slots=True)
class FolderScans:
    """All scans of an exam's folder. `scripts` are by student, in the order of their names."""

    scripts: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    others: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)

    def add(self, name: str, pages: tuple[Path, ...], others: Iterable[str]) -> None:
        into = self.others if name in others else self.scripts
        same = next((known for known in into if folded(known).casefold() == folded(name).casefold()), None)
        if same is not None:
            where = ", ".join(str(page.name) for page in (*into[same], *pages))
            raise CommandError(f"{name}: two files or folders are this student's ({where}); put the pages together")
        into[name] = pages


def scans_of(folder: Path, *, used: Iterable[str], others: Iterable[str], like: dict[str, str]) -> FolderScans:
    """The scans of an exam's folder: a folder per student, or a loose file per student beside them.

    `used` are names of files that hold no scans, such as questions.json; `others` are names of scans that are no
    student's; `like` maps names without signs to the one of `others` that is meant.
    """
    found = FolderScans()
    for path in _entries(folder):
        name = _MOODLE.sub("", name_of(path, is_file=path.is_file()))
        meant = like.get(re.sub(r"[\W_]+", "", name).casefold())
        if path.is_file() and path.name.casefold() in used:
            continue
        if path.is_file() and not scan_or_reason(path, found.left_out):
            continue
        if meant is not None and re.sub(r"[\W_]+", "", name).casefold() == re.sub(r"\W+", "", meant):
            name = meant
        if meant is not None and name not in others:
            raise CommandError(f"{path}: name it {meant}; every other name is a student's")
        if path.is_dir() and meant is None and not _entries(path):
            found.left_out.add(path, "is an empty folder: this student has no script")
            continue
        found.add(name, (path,) if path.is_file() else pages_in(path, found.left_out), others)
    found.scripts = dict(sorted(found.scripts.items(), key=lambda item: _natural(item[0])))
    return found
