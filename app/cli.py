"""The `secondmark` command. `python -m app` is the same.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or settings, 130 interrupted.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app import __version__
from app.commands.errors import BLOOM_LEVELS, INTERRUPTED, MISUSED, QUESTION_KINDS, TEST_FORMATS, CommandError
from app.commands.exam_options import Add, add_exam_commands, add_max_cost, add_server
from app.settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    # A command that is told to end puts its things away as after Ctrl-C; a server has a way of its own.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        code = options.run(options, Settings.read())
        sys.stdout.flush()
    except (SettingsError, CommandError) as error:
        print(f"secondmark: {error}", file=sys.stderr)
        code = MISUSED
    except BrokenPipeError:
        # Whoever reads what we print has enough, such as `head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"secondmark: {place}{error.strerror or error}", file=sys.stderr)
        code = MISUSED
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="secondmark", description="A second marker for exams.")
    parser.set_defaults(passes_on=False)
    parser.add_argument("--version", action="version", version=f"secondmark {__version__}")
    add = _adder(parser.add_subparsers(required=True, metavar="COMMAND"))
    _add_marking_commands(add)
    add_exam_commands(add)
    _add_other_commands(add)
    return parser


def _adder(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> Add:
    def add(name: str, text: str, *examples: str, **more: Any) -> argparse.ArgumentParser:
        shown = "\n".join(f"  {example}" for example in examples)
        return commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=f"Examples:\n{shown}" if examples else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **more,
        )

    return add


def _add_marking_commands(add: Add) -> None:
    _serve(add("serve", "serve the HTTP API and its pages", "secondmark serve", "secondmark serve --port 9000"))
    _worker(
        add(
            "worker",
            "work beside other processes on the sessions, documents and tests of one database",
            "secondmark worker",
            "GRADING_MAX_CONCURRENCY=64 secondmark worker",
        )
    )
    _status(
        add(
            "status",
            "say which workers live, what each works on and what waits",
            "secondmark status",
            "secondmark status --server http://127.0.0.1:8000",
        )
    )
    _grade(
        add(
            "grade",
            "mark a script or an exam and print the marks",
            "secondmark grade --exam my-exam/ --models google/gemini-2.5-flash,openai/gpt-5-mini --max-cost 5",
            "secondmark grade page-1.png page-2.png --questions questions.json --models openai/gpt-5-mini",
        )
    )
    _estimate(
        add(
            "estimate",
            "say what marking an exam would cost, before anything is paid",
            "secondmark estimate my-exam/ --models openai/gpt-5-mini --tries 3",
            "secondmark estimate my-exam/ --models google/gemini-2.5-flash,openai/gpt-5-mini",
        )
    )


def _add_other_commands(add: Add) -> None:
    _generate(
        add(
            "generate",
            "make a multiple-choice test from a document",
            "secondmark generate chapter.pdf --questions 10 --out test.xml",
            "secondmark generate chapter.pdf --kinds single,single,matching --max-cost 0.50 --out quiz.xml",
        )
    )
    _demo(add("demo", "mark the bundled sample exam", "secondmark demo", "DATA_DIR=/tmp/demo secondmark demo"))
    _migrate(add("migrate", "bring the database to this version", "secondmark migrate", "secondmark migrate --rebuild"))
    _reread(
        add(
            "reread",
            "read stored answers anew, without a call",
            "secondmark reread 6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
            "secondmark reread 6f9619ff-8b86-4d01-b42d-00cf4fc964ff --server http://127.0.0.1:8000",
        )
    )
    _watch(
        add(
            "watch",
            "mark an exam's seeds again and say whether a marker changed",
            "secondmark watch my-exam/",
            "secondmark watch 0f8fad5b-d9cb-469f-a165-70867728950e --server http://127.0.0.1:8000",
        )
    )
    _simulate(add("simulate", "a SIMULATED OpenRouter on this machine", add_help=False))


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="instead of HOST")
    parser.add_argument("--port", type=int, help="instead of PORT")

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.startup import checked, database_coming_up, only_server  # noqa: PLC0415 - each imports only what it needs

        settings = checked(settings, host=options.host, port=options.port)
        with only_server(settings), database_coming_up(settings) as database:
            from app.commands.serve import serve  # noqa: PLC0415 - while the database comes up

            return serve(settings, database)

    parser.set_defaults(run=run)


def _worker(parser: argparse.ArgumentParser) -> None:
    def run(_options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.startup import check_data_dir  # noqa: PLC0415 - each command imports only what it needs
        from app.commands.worker import work  # noqa: PLC0415 - the same
        from app.monitoring.logs import configure_logging  # noqa: PLC0415 - the same

        check_data_dir(settings)
        configure_logging(settings.log_level, settings.log_format)
        return work(settings)

    parser.set_defaults(run=run)


def _status(parser: argparse.ArgumentParser) -> None:
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.status import status  # noqa: PLC0415 - each command imports only what it needs

        return status(settings, options.server)

    parser.set_defaults(run=run)


def _grade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE", help="the student's pages, in order")
    parser.add_argument("--exam", type=Path, metavar="DIR", help="a folder per student, questions.json, marks.csv")
    parser.add_argument("--questions", type=Path, help="JSON: a list of questions")
    parser.add_argument("--answer-key", nargs="+", type=Path, default=[], metavar="IMAGE")
    parser.add_argument("--rubric", nargs="+", type=Path, default=[], metavar="IMAGE")
    parser.add_argument("--human-marks", type=Path, help="JSON: {question_id: mark}")
    parser.add_argument("--models", required=True, help="comma list of provider/model")
    _add_asking(parser)
    parser.add_argument(
        "--examples",
        type=int,
        default=0,
        metavar="N",
        help="show each model N scripts with the human's marks first; they are left out of its figures",
    )
    parser.add_argument("--name", help="the session's or exam's name")
    parser.add_argument("--estimate", action="store_true", help="only say what it would cost: nothing is paid")
    add_max_cost(parser)
    add_server(parser)
    parser.add_argument("--yes", action="store_true", help="go on without asking where files are left out or changed")
    parser.add_argument("--exam-id", help="go on with this exam instead of the one that the folder was handed over as")
    parser.add_argument(
        "--inline-images", action="store_true", help="send pages inside the requests (IMAGE_DELIVERY=inline)"
    )

    parser.set_defaults(run=_run_grade)


def _estimate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", type=Path, metavar="FOLDER", help="a folder per student, questions.json, marks.csv")
    parser.add_argument("--models", required=True, help="comma list of provider/model")
    _add_asking(parser)
    parser.add_argument("--examples", type=int, default=0, metavar="N", help="as of grade: scripts shown first")
    parser.add_argument("--exam-id", help="count what this exam holds already")
    parser.add_argument("--yes", action="store_true", help="go on without asking where files are left out or changed")
    add_server(parser)
    of_grade: dict[str, Any] = {
        "images": [],
        "questions": None,
        "answer_key": [],
        "rubric": [],
        "human_marks": None,
        "name": None,
    }
    parser.set_defaults(run=_run_grade, estimate=True, max_cost=None, inline_images=False, **of_grade)


def _add_asking(parser: argparse.ArgumentParser) -> None:
    """How often models are asked for each script, and in how many requests."""
    parser.add_argument(
        "--tries",
        default="1",
        metavar="N|MIN-MAX",
        help="times each model marks the script (default 1); 1-5: once, and up to five times while answers are open",
    )
    parser.add_argument(
        "--split",
        choices=("none", "question", "page"),
        default="none",
        help="one request for each question or page of a script (default none: one for the whole script)",
    )


def _run_grade(options: argparse.Namespace, settings: Settings) -> int:
    from app.commands.grade import Choices, grade  # noqa: PLC0415 - each command imports only what it needs
    from app.commands.grade_order import GradeOrder  # noqa: PLC0415 - the same

    if options.inline_images:
        settings = settings.model_copy(update={"image_delivery": "inline"})
    choices = Choices(options.server, options.yes, options.exam_id, options.estimate, options.max_cost)
    return grade(GradeOrder.read(options), settings, choices)


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="PDF, DOCX, ODT, RTF, PPTX, HTML, Markdown or text")
    parser.add_argument("--questions", type=int, default=10, metavar="N", help="from 1 to 20 (default 10)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the test goes")
    parser.add_argument("--format", choices=TEST_FORMATS, help="where --out's ending leaves it open (.xml is moodle)")
    parser.add_argument("--difficulty", type=str.upper, default="MEDIUM", choices=("EASY", "MEDIUM", "HARD"))
    parser.add_argument("--model", help="who writes, instead of MCQ_MODEL")
    parser.add_argument("--solver-models", help="comma list of who solves blind, instead of MCQ_SOLVER_MODELS")
    parser.add_argument(
        "--topics", help="comma list of what to ask about, in equal shares: 'light reactions, Calvin cycle'"
    )
    parser.add_argument("--kinds", help=f"comma list, taken in turn: {', '.join(QUESTION_KINDS)} (default single)")
    parser.add_argument("--blooms", help=f"comma list of Bloom levels, taken in turn: {', '.join(BLOOM_LEVELS)}")
    parser.add_argument(
        "--language", metavar="CODE", help="ISO 639-1 code of the test's language, instead of the document's"
    )
    parser.add_argument("--max-cost", type=float, metavar="USD", help="make no more calls at this cost, as 0.50")
    parser.add_argument(
        "--estimate", action="store_true", help="say what the test will cost and take, and make no call"
    )
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.generate import Order, generate  # noqa: PLC0415 - each command imports only what it needs

        return generate(Order.read(options), settings, server=options.server)

    parser.set_defaults(run=run)


def _demo(parser: argparse.ArgumentParser) -> None:
    def run(_options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.demo import demo  # noqa: PLC0415 - each command imports only what it needs

        return demo(settings)

    parser.set_defaults(run=run)


def _migrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="make the tables anew and copy all rows: for a database that an unreleased version made",
    )

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.migrate import migrate_database  # noqa: PLC0415 - each command imports only what it needs

        return migrate_database(settings, renewed=options.rebuild)

    parser.set_defaults(run=run)


def _reread(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="+", metavar="SESSION_ID", help="sessions whose stored answers are read anew")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.reread import reread  # noqa: PLC0415 - each command imports only what it needs

        return reread(options.session, settings, server=options.server)

    parser.set_defaults(run=run)


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exam", metavar="EXAM", help="a folder that was graded, or an exam's id or name")
    add_server(parser)

    def run(options: argparse.Namespace, settings: Settings) -> int:
        from app.commands.watch import watch  # noqa: PLC0415 - each command imports only what it needs

        return watch(options.exam, settings, server=options.server)

    parser.set_defaults(run=run)


def _simulate(parser: argparse.ArgumentParser) -> None:
    def run(options: argparse.Namespace, _settings: Settings) -> int:
        from app.simulator.__main__ import main as simulate  # noqa: PLC0415 - each command imports only what it needs

        return simulate(options.rest, prog="secondmark simulate")

    parser.set_defaults(run=run, passes_on=True)
