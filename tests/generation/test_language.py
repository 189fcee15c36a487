import pytest

from app.generation.language import language_of, same_writing_system


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cell is the unit of life and divides in two.", "en"),
        ("भारत का संविधान 26 जनवरी को लागू हुआ था और यह लिखित है।", "hi"),
        ("भारतीय संविधान हे जगातील सर्वात मोठे लिखित संविधान आहे.", "mr"),
        ("La célula es la unidad de la vida y se divide en dos.", "es"),
        ("La cellule est l'unité de la vie et se divise en deux.", "fr"),
        ("Die Zelle ist die Einheit des Lebens und teilt sich.", "de"),
        ("A célula é a unidade da vida e divide-se em duas.", "pt"),
        ("الخلية هي وحدة الحياة وتنقسم إلى قسمين.", "ar"),
        ("آئین پاکستان کا نفاذ کب ہوا اور اسے کس نے بنایا؟", "ur"),
        ("细胞是生命的基本单位。", "zh"),
        ("細胞は生命の基本単位である。", "ja"),
        ("세포는 생명의 기본 단위이다.", "ko"),
        ("กรุงเทพมหานครเป็นเมืองหลวง", "th"),
        ("ভারতের সংবিধান লিখিত।", "bn"),
        ("1949 – 26", "en"),
    ],
)
def test_the_language_of_a_text_is_found(text, language):
    assert language_of(text) == language


def test_a_question_in_another_writing_system_is_recognised_and_foreign_names_pass():
    assert same_writing_system("DNA का पूरा नाम क्या है?", "hi")
    assert not same_writing_system("What is the full name of DNA?", "hi")
    assert same_writing_system("What does संविधान mean?", "en")
    assert same_writing_system("1 + 1 = ?", "hi")
