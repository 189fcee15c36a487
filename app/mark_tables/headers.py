"""Which column is which: names in several languages, and slips that are refused instead of left aside."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.mark_tables.names import folded
from app.mark_tables.table import Table, TableRefusedError, problem, refusal

SCRIPT, QUESTION, MAXIMUM = "script", "question_id", "max_marks"
HUMAN, HUMAN_2 = "human_mark", "human_mark_2"
MODEL, TRY, MARK, STATUS = "model_name", "try_index", "mark", "status"
GROUP = "group"

# One letter too many, too few or wrong in a name of seven.
ALIKE = 0.85

ALIASES: Mapping[str, tuple[str, ...]] = {
    SCRIPT: (
        *("script", "student", "student_id", "student_number", "candidate", "candidate_number", "matriculation_number"),
        *("id_number", "sis_user_id", "sis_login_id"),
        *("matrikelnummer", "matrikelnr", "schüler", "schueler", "schülerin", "kandidat", "élève", "étudiant"),
        *("numéro_étudiant", "alumno", "estudiante", "studente", "aluno", "leerling", "name", "student_name", "nom"),
        *("nombre", "nome", "naam", "full_name", "id"),
    ),
    QUESTION: (
        *("question_id", "question", "question_number", "qid", "item", "task", "aufgabe", "frage", "exercice"),
        *("pregunta", "ejercicio", "domanda", "questão", "vraag", "opgave"),
    ),
    MAXIMUM: (
        *("max_marks", "max_mark", "maximum", "max", "max_points", "out_of", "points_possible", "possible"),
        *("maximalpunkte", "maximalpunktzahl", "max_punkte", "höchstpunktzahl", "barème", "bareme", "maximum_marks"),
        *("puntos_máximos", "máximo", "massimo"),
    ),
    HUMAN: (
        *("human_mark", "teacher_mark", "marks_awarded", "points", "score", "punkte", "bewertung", "puntos", "punti"),
        *("pontos", "punten", "first_marker", "erstkorrektur"),
    ),
    HUMAN_2: ("human_mark_2", "teacher_mark_2", "second_marker", "second_mark", "zweitkorrektur"),
    MODEL: ("model_name", "model"),
    TRY: ("try_index", "try"),
    MARK: ("mark",),
    STATUS: ("status",),
    GROUP: ("group", "gruppe", "groupe", "grupo", "gruppo", "groep"),
}
# What our own exports hold beside the marks.
OWN_EXPORT = frozenset(
    ("exam", "session", "final_mark", "reviewer", "reviewed_at", "attempt_cost_usd", "attempt_latency_ms", "input_hash")
)
_MEANT = {alias: name for name, aliases in ALIASES.items() for alias in aliases}


def plain(name: str) -> str:
    """A column's name without case, with `_` for blanks, hyphens and signs."""
    return re.sub(r"[\W_]+", "_", folded(name).casefold()).strip("_")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each known column stands. `aside` are the headers of columns that nothing reads."""

    places: Mapping[str, int]
    aside: tuple[str, ...]

    def text(self, cells: Sequence[str], name: str) -> str:
        place = self.places.get(name)
        return "" if place is None else cells[place]


def is_wide(table: Table) -> bool:
    """Whether a row is a student: there is a column for scripts and none for questions."""
    meant = {_MEANT.get(plain(name)) for name in table.header}
    return SCRIPT in meant and QUESTION not in meant


def check_twice(table: Table) -> None:
    """Raises TableRefusedError for a column that is there twice: nobody knows which one counts."""
    seen: dict[str, str] = {}
    for name in filter(None, table.header):
        if plain(name) in seen and plain(name):
            raise refusal(table.line, f"column {name} is there twice", name)
        seen[plain(name)] = name


def long_columns(table: Table, needed: Collection[str], known: Collection[str]) -> Columns:
    """The columns of a table with one answer in a row.

    Raises TableRefusedError for columns that are missing, that are there twice, or nearly bear a known name.
    """
    check_twice(table)
    places: dict[str, int] = {}
    aside: list[str] = []
    unknown: list[str] = []
    for name, places_of in _by_meaning(table, known).items():
        places[name] = _one(table, name, places_of)
    for place, header in enumerate(table.header):
        if header and place not in places.values() and _MEANT.get(plain(header)) != SCRIPT:
            if plain(header) in _MEANT:
                aside.append(header)
            elif plain(header) not in OWN_EXPORT:
                unknown.append(header)
    _check_slips(table, unknown, known)
    missing = [name for name in needed if name not in places]
    if missing:
        raise refusal(
            table.line, f"missing columns: {', '.join(missing)}{_hint(table) if len(missing) == len(needed) else ''}"
        )
    return Columns(places, (*aside, *unknown))


def _by_meaning(table: Table, known: Collection[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, header in enumerate(table.header):
        meant = _MEANT.get(plain(header))
        if meant in known and meant is not None:
            found.setdefault(meant, []).append(place)
    return found


def _one(table: Table, name: str, places: Sequence[int]) -> int:
    """The one column of a meaning; of a student's several names the most exact one."""
    if len(places) > 1 and name != SCRIPT:
        headers = " and ".join(table.header[place] for place in places)
        raise refusal(table.line, f"columns {headers} both mean {name}; remove one of them", headers)
    return min(places, key=lambda place: ALIASES[name].index(plain(table.header[place])))


def _check_slips(table: Table, unknown: Sequence[str], known: Collection[str]) -> None:
    problems = []
    for header in unknown:
        names = {name.replace("_", ""): name for name in known}
        near = get_close_matches(plain(header).replace("_", ""), names, n=1, cutoff=ALIKE)
        if near:
            message = f"there is no column {header}; is {names[near[0]]} meant?"
            problems.append(problem(table.line, message, header))
    if problems:
        raise TableRefusedError(problems)


def _hint(table: Table) -> str:
    return f"; the first row must name the columns, and it holds {', '.join(table.header)[:100]}"
