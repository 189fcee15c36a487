import pytest

from app.documents.words import n_letters, n_words, sentences, word_ends


def parts(text):
    found = list(sentences(text))
    assert "".join(found) == text
    return [part.strip() for part in found]


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("Well-known cells — 3 of them!", 5),
        ("भारत का संविधान २६ नवंबर", 5),
        ("细胞是生命的基本单位。" * 3, 10),
        ("กรุงเทพมหานครเป็นเมืองหลวง", 8),
        ("ミトコンドリアはエネルギーを作る。", 5),
        ("– — * 。", 0),
        ("ATP 是能量", 2),
    ],
)
def test_words_are_counted_in_every_script(text, n):
    assert n_words(text) == n


@pytest.mark.parametrize("text", ["संविधान", "সংবিধান", "సంవిధానం", "မြန်မာ", "កម្ពុជា", "مُدَرِّسٌ", "ประเทศ"])
def test_marks_are_part_of_their_letters(text):
    assert n_letters(text) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("एक है। दो है॥ तीन?", ["एक है।", "दो है॥", "तीन?"]),
        ("پہلا جملہ۔ دوسرا؟ ہاں", ["پہلا جملہ۔", "دوسرا؟", "ہاں"]),
        ("第一句。第二句！「第三句？」完．", ["第一句。", "第二句！", "「第三句？」", "完．"]),
        ("圆周率是３．１４。对。", ["圆周率是３．１４。", "对。"]),
        ("ပထမ။ ဒုတိယ။", ["ပထမ။", "ဒုတိယ။"]),
        ("ប្រយោគ។ ពីរ។", ["ប្រយោគ។", "ពីរ។"]),
        ("Πού είναι; Εδώ.", ["Πού είναι;", "Εδώ."]),
        ("ประโยคแรก ประโยคที่สอง", ["ประโยคแรก", "ประโยคที่สอง"]),
        ('He said "yes." Then (really.) No… Yes', ['He said "yes."', "Then (really.)", "No…", "Yes"]),
    ],
)
def test_a_sentence_ends_where_its_script_ends_it(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "सभा की अध्यक्षता डॉ. राजेंद्र प्रसाद ने की थी।",
        "बी. आर. अंबेडकर और प्रो. शर्मा आए।",
        "এটি ড. রহমান লিখেছেন।",
        "En 1990 el Sr. García llegó a EE. UU. con la Dra. Ruiz, p. ej. a Texas.",
        "Am 3. Oktober, d. h. im 20. Jahrhundert, kam Dr. Weber nach Nr. 5.",
        "M. Dupont et Mme. Martin, cf. art. 5, sont venus.",
        "O Exmo. Sr. Silva e a Profa. Costa, pág. 3, vieram.",
        "جاء د. أحمد مع أ. علي.",
        "В 1990 г. Иванов и т. д. ушли.",
        "The U.S. Supreme Court and J. R. R. Tolkien, e.g. in Fig. 3.",
        "1. The cell has a wall.",
    ],
)
def test_no_sentence_ends_after_an_abbreviation(text):
    assert parts(text) == [text]


def test_a_full_stop_ends_a_sentence_in_devanagari_where_no_danda_does():
    assert parts("मराठी वाक्य आहे. दुसरे वाक्य.") == ["मराठी वाक्य आहे.", "दुसरे वाक्य."]


def test_text_without_spaces_may_be_cut_between_characters_and_never_before_a_mark():
    assert word_ends("one two") == [4]
    assert word_ends("细胞") == [1]
    assert word_ends("ที่นี่") == [3]
