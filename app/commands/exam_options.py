"""The arguments of the commands about exams that are stored."""

import argparse
from collections.abc import Callable
from pathlib import Path

from app.settings import Settings

Add = Callable[..., argparse.ArgumentParser]
"""(name, help, *examples): a new command."""

EXAM = "a folder that was graded, an exam's id or name, or a session's id"
SERVER = "use a running server at this URL instead of one of our own"


def add_exam_commands(add: Add) -> None:
    """Add the commands to the program."""
    for add_arguments, name, purpose, examples in _COMMANDS:
        add_arguments(add(name, purpose, *examples))


def add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help=SERVER)


def add_max_cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-cost",
        type=float,
        metavar="USD",
        help="stop before it costs more than this, earlier starts included",
    )


def _list(parser: argparse.ArgumentParser) -> None:
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.exams import list_exams  # noqa: PLC0415 - each command imports only what it needs

        return list_exams(settings, options.server)

    parser.set_defaults(run=run)


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help=EXAM)
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.exams import show_exam  # noqa: PLC0415 - each command imports only what it needs

        return show_exam(options.exam, settings, options.server)

    parser.set_defaults(run=run)


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help=EXAM)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where it goes (default: DATA_DIR/reports)")
    parser.add_argument("--boundaries", default="", metavar="MARKS", help="where grades part, in marks: 12,20,28")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.exams import Wanted, write_report  # noqa: PLC0415 - each command imports only what it needs

        wanted = Wanted(options.exam, options.out, boundaries=options.boundaries)
        return write_report(wanted, settings, options.server)

    parser.set_defaults(run=run)


def _bill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help="a folder that was graded, or an exam's id or name")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.bill import show_bill  # noqa: PLC0415 - each command imports only what it needs

        return show_bill(options.exam, settings, options.server)

    parser.set_defaults(run=run)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help=EXAM)
    parser.add_argument(
        "--form",
        default="wide",
        choices=("wide", "long", "moodle", "canvas", "xlsx"),
        help="wide: the class list, a student in a row (default); long: one mark in a row; moodle, canvas: their "
        "gradebook import; xlsx: a workbook with everything",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where it goes (default: the terminal)")
    parser.add_argument(
        "--boundaries", default="", metavar="PERCENT", help="with --form xlsx: a sheet of grades, 90,80,70 or A:90,B:80"
    )
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.exams import Wanted, export  # noqa: PLC0415 - each command imports only what it needs

        wanted = Wanted(options.exam, options.out, options.form, options.boundaries)
        return export(wanted, settings, options.server)

    parser.set_defaults(run=run)


def _review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help=EXAM)
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="how many answers are listed (default 50)")
    parser.add_argument(
        "--set",
        nargs=3,
        metavar=("SCRIPT", "QUESTION", "MARK"),
        help="the final mark of an answer",
    )
    parser.add_argument("--reviewer", metavar="NAME", help="with --set: who decided")
    parser.add_argument("--note", metavar="TEXT", help="with --set: why")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.review import Decision, review  # noqa: PLC0415 - each command imports only what it needs

        decision = Decision.read(options.set, options.reviewer, options.note) if options.set else None
        return review(options.exam, settings, options.server, decision=decision, limit=options.limit)

    parser.set_defaults(run=run)


def _delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", nargs="+", metavar="EXAM", help=EXAM)
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.exams import delete  # noqa: PLC0415 - each command imports only what it needs

        return delete(options.exam, settings, options.server, yes=options.yes)

    parser.set_defaults(run=run)


def _resume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help=EXAM)
    add_max_cost(parser)
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.resume import resume  # noqa: PLC0415 - each command imports only what it needs

        return resume(options.exam, settings, options.server, max_cost=options.max_cost)

    parser.set_defaults(run=run)


_COMMANDS: tuple[tuple[Callable[[argparse.ArgumentParser], None], str, str, tuple[str, ...]], ...] = (
    (_list, "list", "list the exams", ("secondmark list", "secondmark list --server http://127.0.0.1:8000")),
    (
        _show,
        "show",
        "show an exam's scripts, markers and class list",
        ("secondmark show my-exam/", 'secondmark show "Science 2026"'),
    ),
    (
        _report,
        "report",
        "write the report of an exam as a page for a browser",
        ("secondmark report my-exam/ --out report.html", "secondmark report my-exam/ --boundaries 12,20,28"),
    ),
    (
        _bill,
        "bill",
        "say what an exam was billed, against the estimate and its tokens",
        ("secondmark bill my-exam/", 'secondmark bill "Science 2026" --server http://127.0.0.1:8000'),
    ),
    (
        _export,
        "export",
        "write the marks as a file",
        (
            "secondmark export my-exam/ --form moodle --out moodle.csv",
            "secondmark export my-exam/ --form xlsx --boundaries A:90,B:80,C:70 --out class.xlsx",
        ),
    ),
    (
        _review,
        "review",
        "list the answers that a human should look at, or set a mark",
        (
            "secondmark review my-exam/ --limit 20",
            'secondmark review my-exam/ --set student-01 1a 2.5 --note "see the key"',
        ),
    ),
    (
        _delete,
        "delete",
        "delete exams with their scans, marks and reports",
        ("secondmark delete my-exam/", "secondmark delete 6f9619ff-8b86-4d01-b42d-00cf4fc964ff --yes"),
    ),
    (
        _resume,
        "resume",
        "go on with an exam that was interrupted or failed in part",
        ("secondmark resume my-exam/", "secondmark resume my-exam/ --max-cost 10"),
    ),
)
