import pytest

from app.documents.extraction import Page
from app.documents.words import sentences
from app.generation.segment import LONGEST_SEGMENT, is_usable, segments, unused


def page(number: int, n_sentences: int = 12) -> Page:
    return Page(number, " ".join(f"On page {number} sentence {n} speaks of cells." for n in range(n_sentences)))


PAGES = [page(number) for number in range(1, 11)]


@pytest.mark.parametrize("n_segments", [1, 2, 3, 5, 7, 10, 20])
def test_segments_are_as_many_as_asked_and_hold_everything_once(n_segments: int):
    parts = segments(PAGES, n_segments)
    assert [part.slot for part in parts] == list(range(1, n_segments + 1))
    words = [word for part in parts for word in part.text.split()]
    assert words == [word for one in PAGES for word in one.text.split()]


@pytest.mark.parametrize("n_segments", [2, 5, 10])
def test_segments_end_where_pages_end_when_that_costs_little(n_segments: int):
    parts = segments(PAGES, n_segments)
    size = 10 // n_segments
    assert [(part.first_page, part.last_page) for part in parts] == [
        (1 + size * index, size * (index + 1)) for index in range(n_segments)
    ]


def test_a_page_end_nearby_is_preferred_to_the_exact_middle():
    parts = segments([page(1, 14), page(2, 10)], 2)
    assert [(part.first_page, part.last_page) for part in parts] == [(1, 1), (2, 2)]


def test_segments_have_about_the_same_length():
    lengths = [len(part.text) for part in segments(PAGES, 20)]
    assert max(lengths) < 1.6 * min(lengths)


def test_no_sentence_is_cut():
    assert all(part.text.endswith(".") and part.text.startswith("On") for part in segments(PAGES, 20))


def test_each_passage_knows_its_page():
    part = segments(PAGES, 2)[1]
    assert [passage.page for passage in part.passages] == [6, 7, 8, 9, 10]
    assert all(f"On page {passage.page} " in passage.text for passage in part.passages)


def test_the_same_pages_give_the_same_segments():
    assert segments(PAGES, 7) == segments(list(PAGES), 7)


def test_title_pages_and_tables_of_contents_are_left_out():
    contents = Page(2, "\n".join(f"Chapter {n} {'. ' * 40}{n * 7}" for n in range(30)))
    parts = segments([Page(1, "Biology for everybody"), contents, *PAGES[2:]], 4)
    assert not is_usable(contents)
    assert parts[0].first_page == 3


LONG = [page(number, 200) for number in range(1, 41)]


@pytest.mark.parametrize("seed", range(20))
def test_of_a_long_document_one_call_is_shown_a_stretch_of_whole_sentences(seed: int):
    text = "\n\n".join(one.text for one in LONG)
    [part] = segments(LONG, 1, seed)
    assert 0.9 * LONGEST_SEGMENT < len(part.text) <= LONGEST_SEGMENT + 2 * len(part.passages)
    assert part.text in text
    assert part.text.startswith("On page")
    assert part.text.endswith(".")


def test_which_stretch_it_is_differs_from_test_to_test_and_stays_for_one():
    first_pages = {segments(LONG, 1, seed)[0].first_page for seed in range(20)}
    assert len(first_pages) > 5
    assert segments(LONG, 3, 7) == segments(LONG, 3, 7)


def test_a_sentence_without_end_is_cut_between_words():
    [part] = segments([Page(1, "word " * 100_000)], 1)
    assert LONGEST_SEGMENT - 10 < len(part.text) <= LONGEST_SEGMENT
    assert set(part.text.split()) == {"word"}
    [part] = segments([Page(1, "w" * 100_000)], 1)
    assert len(part.text) == LONGEST_SEGMENT


def test_text_without_full_stops_is_cut_between_words():
    parts = segments([Page(1, "word " * 500)], 20)
    assert len(parts) == 20
    assert all(set(part.text.split()) == {"word"} for part in parts)


def test_more_segments_than_words_are_not_to_be_had():
    assert len(segments([Page(1, "Two words")], 5)) == 2
    assert segments([Page(1, "")], 5) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        (
            "Fig. 3 shows Dr. Who, e.g. J. Doe. No. 5 is 3.5 m.",
            ["Fig. 3 shows Dr. Who, e.g. J. Doe. ", "No. 5 is 3.5 m."],
        ),
        ('He said "No." Then he left.', ['He said "No." ', "Then he left."]),
        ("A heading\n\nA paragraph", ["A heading\n\n", "A paragraph"]),
        ("細胞は小さい。膜がある。", ["細胞は小さい。", "膜がある。"]),
        ("It ran approx. two hours. then more.", ["It ran approx. two hours. then more."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]):
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "भारत का संविधान छब्बीस जनवरी को लागू हुआ और डॉ. प्रसाद सभा के अध्यक्ष थे। ",
        "ভারতের সংবিধান পৃথিবীর দীর্ঘতম লিখিত সংবিধান এবং এটি কার্যকর হয়। ",
        "భారత రాజ్యాంగం ప్రపంచంలో అతి పొడవైన లిఖిత రాజ్యాంగం అని చెబుతారు. ",
        "دَخَلَ الْمُدَرِّسُ الْفَصْلَ وَكَتَبَ الدَّرْسَ عَلَى السَّبُّورَةِ. ",
        "မြန်မာနိုင်ငံသည် အရှေ့တောင်အာရှတွင် တည်ရှိသည်။ ",
        "细胞是生命的基本单位,线粒体产生能量。",
    ],
)
def test_pages_of_every_script_are_usable_and_cut_between_sentences(sentence: str):
    english = Page(1, "The cell makes energy and divides in two. " * 12)
    pages = [english, *(Page(number, sentence * 12) for number in range(2, 5))]
    assert all(map(is_usable, pages))
    parts = segments(pages, 4)
    assert {passage.page for part in parts for passage in part.passages} == {1, 2, 3, 4}
    for part in parts[1:]:
        assert part.text.startswith((sentence[:8], english.text[:8]))
        assert part.text.endswith(sentence.strip()[-8:])


def test_a_text_without_spaces_or_stops_is_cut_between_characters():
    assert [part.text for part in segments([Page(1, "细胞是生命")], 2)] == ["细胞", "是生命"]


def test_pages_that_no_question_may_use_are_known():
    pages = [Page(1, "Biology"), Page(2, ""), *PAGES[2:5], Page(6, ". . . 1\n. . . 2")]
    assert unused(pages) == [1, 6]
    assert unused([Page(1, "Two words")]) == []
