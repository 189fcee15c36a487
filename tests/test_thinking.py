import time

import pytest

from app.thinking import split_thinking, without_thinking


@pytest.mark.parametrize(
    "text",
    [
        "<think>a</think>X", "a</think>X", '<think time="3>2">a</think>X', "<think >a</think >X", "[THINK]a[/THINK]X",
        "◁think▷a◁/think▷X", "<seed:think>a</seed:think>X", "<think>a</thinking>X", "<analysis>a<think>b</think>X",
        "<think>a<think>b</think>c</think>X", "<deep_think>a</deep_think>X", "<unused94>thought\na<unused95>X",
        "<|channel|>analysis<|message|>a<|end|>X", "<|channel>thought\na<channel|>X", "analysisWe a assistantfinalX",
        "<|START_THINKING|>a<|END_THINKING|>X", "```thinking\na\n```\nX", "<details type='reasoning'>a</details>X",
        "&lt;think&gt;a&lt;/think&gt;X", "<!-- a -->X",
        "[Thinking...]\na\n[Done thinking]X", "<think>a</think><think>b</think>X",
        "⟨think⟩a⟨/think⟩X", "<|im_start|>think\na<|im_end|>X", "Thinking...\na\n...done thinking.\nX",
    ],
)  # fmt: skip
def test_what_stands_after_the_thinking_is_all_that_is_visible(text):
    assert without_thinking(text).strip() == "X"


@pytest.mark.parametrize(
    "begin",
    [
        "<think>", "<think time='1'>", "[THINK]", "◁think▷", "<seed:think>",
        "<analysis>", "<|channel|>analysis<|message|>", "<|begin_of_thought|>", "<scratchpad>", "<my_thoughts>",
        "```reasoning\n", "<|start_thinking|>", "<thought\n>",
    ],
)  # fmt: skip
def test_thinking_that_never_ends_hides_the_rest(begin):
    assert without_thinking(f"{begin}maybe 3").strip() == ""
    assert without_thinking(f"<think>a</think>X\n{begin}maybe 3").strip() == "X"


@pytest.mark.parametrize(
    "text",
    ['{"note": "<think>"}', '{"note": "</think> and [THINK]"}', "a < b", "<think/>X", "### Analysis\nX", "thinking"],
)
def test_what_is_no_marker_stays(text):
    assert split_thinking(text).text == text


def test_what_was_hidden_is_told():
    assert split_thinking("A<think>b</think>C").hidden == ("<think>b</think>",)


@pytest.mark.parametrize(
    "text",
    [
        "<think " * 70_000,
        '<think "' * 60_000,
        "<think></think>" * 30_000,
        "[THINK]<think>" * 30_000,
        "</think>" * 60_000,
    ],
)
def test_very_many_markers_take_bounded_time(text):
    started = time.process_time()
    split_thinking(text)
    assert time.process_time() - started < 3
