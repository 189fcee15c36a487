"""What a visitor of the demo reads: options that are whole words of the document or of the language."""

import json
import re

import pytest

from app import samples
from app.simulator.sentences import _SPARE, others, usable_sentences, with_gaps, words_of
from app.simulator.writers import write_question
from tests.support.prose import prose_in

ENGLISH = samples.source_document().read_text(encoding="utf-8")
SPARE = set(_SPARE)


def written(document, n, model="simulated/writer"):
    contract = '{"stem": "...", "key": "...", "distractors": []}'
    return json.loads(write_question(model, [contract, f"<document>\n{document}\n</document>"], 1, f"s{n}"))


@pytest.mark.parametrize("model", ["simulated/writer", "simulated/writer-longest", "simulated/writer-biased"])
def test_every_option_is_a_whole_word(model):
    known = {word.lower() for word in re.findall(r"[A-Za-z-]+", ENGLISH)} | SPARE
    for n in range(60):
        try:
            question = written(ENGLISH, n, model)
        except json.JSONDecodeError:
            continue
        options = [question["key"], *(one["text"] for one in question["distractors"])]
        options = [re.sub(r"\A[A-D]\) | of the usual kind and size\Z", "", option) for option in options]
        assert {option.lower() for option in options} <= known
        assert len(set(options)) == 4


@pytest.mark.parametrize("language", ["hi", "zh"])
def test_questions_of_other_scripts_are_in_their_script(language):
    document = prose_in(language)
    for n in range(20):
        question = written(document, n)
        assert "Which word" not in question["stem"]
        assert all(one["text"] in document for one in question["distractors"])
        assert question["quote"] in document


def test_a_word_is_replaced_where_it_stands_by_itself():
    assert with_gaps("The leafy leaf fell.", ["leaf"]) == "The leafy _____ fell."


def test_other_words_are_written_like_the_one_that_they_stand_beside():
    assert all(word.islower() for word in others("Oxygen Water Carbon", "", "starch", 3))
    assert all(word[0].isupper() for word in others("oxygen water carbon", "", "Starch", 3))


def test_a_document_without_usable_sentences_still_has_one():
    assert usable_sentences("") == ["The simulated document holds hardly any words that could be asked about."]
    assert words_of(usable_sentences("")[0])


def test_words_of_chinese_and_japanese_stand_between_small_words():
    assert words_of("叶绿体是进行光合作用的场所，植物释放氧气。") == ["叶绿体", "场所"]
    assert words_of("光合成は緑色植物が光を使う過程です。") == ["光合成", "緑色植物", "過程"]


def test_a_full_stop_is_no_part_of_a_hindi_word():
    assert words_of("जड़ें जल सोखती हैं। पत्तियाँ १२ हैं॥")[-2:] == ["पत्तियाँ", "हैं"]
