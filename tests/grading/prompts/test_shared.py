import pytest

from app.grading.prompts.messages import DEFAULT_ASSESSMENT, DEFAULT_RUBRIC, PromptInputs, Template, messages
from app.grading.prompts.shared import SharedParts, shared_parts, worth_keeping
from app.marks.model import Question
from app.openrouter.caching import CacheRule

QUESTIONS = (Question("1", 1, 4.0),)
STUDENT, KEY = ("https://x.test/s1", "https://x.test/s2"), ("https://x.test/k",)
KEY_FIRST = Template("Mark.", "[Question list] [Answer key] The script: [Student assessment] [Grading criteria]")


def built(template, criteria=None, student=STUDENT):
    return messages(template, PromptInputs(QUESTIONS, student, KEY, criteria=criteria))


def shared(template, criteria=None, *, in_exam=True, n_tries=3):
    return shared_parts(built(template, criteria), STUDENT, in_exam=in_exam, n_tries=n_tries)


def parts_up_to(n, template, **inputs):
    sent = built(template, **inputs)
    return sent[:-1], sent[-1]["content"][:n]


def test_scripts_share_all_that_stands_before_the_students_pages():
    n = shared(KEY_FIRST).by_scripts
    assert parts_up_to(n, KEY_FIRST) == parts_up_to(n, KEY_FIRST, student=("https://x.test/other",))
    assert built(KEY_FIRST)[-1]["content"][n]["image_url"]["url"] == STUDENT[0]


def test_tries_share_everything_up_to_the_last_page():
    n = shared(KEY_FIRST).by_tries
    assert built(KEY_FIRST)[-1]["content"][n - 1]["image_url"]["url"] == STUDENT[-1]


def test_tries_whose_criteria_differ_share_what_stands_before_them():
    one, other = (built(KEY_FIRST, criteria) for criteria in ("strict", "mild"))
    n = shared(KEY_FIRST, "strict").by_tries
    assert one[-1]["content"][:n] == other[-1]["content"][:n]
    assert n == shared(KEY_FIRST).by_tries


@pytest.mark.parametrize("where", ["system", "user"])
def test_nothing_behind_criteria_is_shared(where):
    template = (
        Template("Mark by [Grading criteria]", "x") if where == "system" else Template("Mark.", "[Grading criteria]")
    )
    assert shared(template, "strict") == SharedParts()


def test_a_script_alone_shares_with_no_other_and_a_single_try_with_none():
    assert shared(KEY_FIRST, in_exam=False).by_scripts == 0
    assert shared(KEY_FIRST, n_tries=1).by_tries == 0


def test_the_whole_reading_of_a_rubric_is_shared_by_the_scripts_of_an_exam():
    sent = messages(DEFAULT_RUBRIC, PromptInputs(QUESTIONS, STUDENT, KEY, ("https://x.test/r",)))
    assert shared_parts(sent, STUDENT, in_exam=True, n_tries=1).by_scripts == len(sent[-1]["content"])


def test_what_is_too_short_for_the_cache_is_left_out():
    rule, template = (
        CacheRule(0.1, least_tokens=1500),
        Template("Mark.", "[Question list] [Student assessment] [Answer key]"),
    )
    whole = shared(template)
    assert whole.by_scripts > 0
    assert worth_keeping(whole, built(template), "acme/one", rule) == SharedParts(0, whole.by_tries)


def test_the_built_in_prompt_begins_alike_for_all_scripts_up_to_their_pages():
    n = shared(DEFAULT_ASSESSMENT, "strict").by_scripts
    sent = built(DEFAULT_ASSESSMENT, "strict")[-1]["content"]
    assert [part["image_url"]["url"] for part in sent[:n] if part["type"] == "image_url"] == list(KEY)
    assert sent[n]["image_url"]["url"] == STUDENT[0]


def test_only_providers_that_need_marks_get_them():
    both = SharedParts(2, 5)
    assert both.marked(CacheRule(0.1, is_marked=True)) == [1, 4]
    assert both.marked(CacheRule(0.1)) == []
