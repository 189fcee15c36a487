"""The `secondmark` command as a process: what it prints and how it exits."""

import json
import re
from pathlib import Path

import pytest

from app import samples


@pytest.mark.embedded
def test_the_demo_marks_the_bundled_exam_and_says_that_it_is_simulated(secondmark):
    done = secondmark("demo", API_KEYS="5ecret-Word-of-the-operator")

    assert done.returncode == 0, done.stderr
    assert "5ecret-Word" not in done.stdout
    assert done.stderr == ""
    assert done.stdout.count("SIMULATED") >= 2
    assert "54/54 attempts, 0 failed" in done.stdout
    report = Path(re.search(r"Report: (\S+)", done.stdout)[1]).read_text(encoding="utf-8")
    assert "SIMULATED" in report


def test_one_script_is_marked_from_the_command_line(secondmark, key, tmp_path):
    human = tmp_path / "human.json"
    human.write_text(json.dumps(samples.human_marks("student-02")))
    pages = samples.script_pages("student-02")
    questions = samples.exam_folder() / "questions.json"

    done = secondmark(
        *("grade", *pages, "--questions", questions, "--human-marks", human),
        *("--models", "simulated/careful,simulated/broken", "--tries", 2),
        **key,
    )

    assert done.returncode == 0, done.stderr
    assert "4/4 attempts, 2 failed" in done.stdout
    assert "simulated/broken, try 2: Nothing in the model's answer could be read as marks." in done.stdout
    assert re.search(r"as session [0-9a-f-]{36}", done.stdout)


def test_a_run_in_which_nothing_could_be_marked_exits_with_1(secondmark, key):
    page, questions = samples.script_pages("student-01")[0], samples.exam_folder() / "questions.json"

    done = secondmark("grade", page, "--questions", questions, "--models", "simulated/broken", **key)

    assert done.returncode == 1
    assert "No attempt gave marks" in done.stdout


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("serve",), {"PORT": "abc"}, "PORT: "),
        (("serve", "--host", "0.0.0.0"), {}, "HOST: "),  # noqa: S104 - it is refused
        (
            ("migrate",),
            {"SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "k"},
            "DATABASE_URL: set it to the address of Supabase's session pooler",
        ),
        (("serve",), {"DATABASE_URL": "foo"}, "DATABASE_URL: "),
        (("serve", "--port", "99999"), {}, "--port: "),
        (("serve",), {"DATA_DIR": "/dev/null/x"}, "DATA_DIR: "),
        (("grade", "--models", "a/b"), {}, "--exam"),
        (("grade", "--exam", "nowhere", "--models", "a/b"), {}, "nowhere: there is no such folder"),
        (("serve",), {"SUPABASE_URL": "https://x.supabase.co"}, "SUPABASE_SERVICE_ROLE_KEY: "),
        (("serve", "--nonsense"), {}, "unrecognized arguments: --nonsense"),
    ],
)
def test_wrong_usage_is_one_line_and_exits_with_2(secondmark, arguments, environment, said):
    done = secondmark(*arguments, **environment)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_key_is_needed_to_grade(secondmark):
    page, questions = samples.script_pages("student-01")[0], samples.exam_folder() / "questions.json"

    done = secondmark("grade", page, "--questions", questions, "--models", "a/b")

    assert done.returncode == 2
    assert "OPENROUTER_API_KEY" in done.stderr
