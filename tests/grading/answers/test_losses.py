"""Notes in many languages: what contradicts the mark, and ordinary notes, which never do."""

import json

import pytest

from app.grading.answers.losses import as_plain_numbers
from app.grading.answers.marks import parse_answer
from app.marks.model import Question
from app.marks.reasons import Reason

ASKED = [Question("1", 1, 3)]
LOSSES = [
    "-1 por la unidad",
    "−1 punto por el signo",
    "Falta la unidad (-1).",
    "Se descuenta 1 punto por la unidad.",
    "Desconta-se 1 ponto pela unidade.",
    "Menos 1 ponto: unidade em falta.",
    "Perde 0,5 pontos.",
    "Foi descontado meio ponto.",
    "Tolto un punto per il segno.",
    "-1 per il segno",
    "meno 1 punto per l'unità",
    "Manca l'unità: -1",
    "1 punt aftrek voor de eenheid.",
    "-1 voor het teken",
    "Eén punt afgetrokken.",
    "Minus 1 Punkt für das Vorzeichen.",
    "1 Punkt Abzug wegen fehlender Einheit.",
    "Punktabzug wegen fehlender Einheit.",
    "−½ Punkt",
    "Снят 1 балл за знак.",
    "-1 балл",
    "−0,5 балла за единицы",
    "Минус один балл за ошибку.",
    "-1 за знак",
    "Ошибка знака (-1).",
    "इकाई के लिए 1 अंक काटा गया।",
    "एक अंक काटा गया",
    "-1 अंक",
    "-१ अंक",
    "خصم درجة واحدة",
    "خصم ١ درجة بسبب الوحدة",
    "تم خصم درجة للإشارة",
    "-١ درجة",
    "単位がないため1点減点。",
    "-1点",
    "符号ミスで1点引く",
    "単位なしで減点",
    "扣1分",
    "扣了0.5分",
    "1점 감점",
    "단위 누락으로 -1점",
    "1 poin dikurangi",
    "Dikurangi 1 poin karena satuan",
    "Trừ 1 điểm",
    "-1 điểm",
    "1 puan kırıldı",
    "-1 puan",
    "Eksi 1 puan: birim yok",
    "Odjęto 1 punkt za jednostkę",
    "-1 pkt",
    "-1 za znak",
    "1 poäng avdrag",
    "-1 poäng för enheten",
    "Αφαιρέθηκε 1 βαθμός",
    "הורדה נקודה אחת",
    "strženo 1 bod",
    "Half a mark off: -0.5 marks",
    "retiré 1 point",
    "-1 pour l'unité",
    "On enlève 1 point pour le signe.",
    "Perd un point pour l'unité.",
    "Sign error: -1",
]
ORDINARY = [
    "Kein Punktabzug.",
    "Ohne Abzug von Punkten.",
    "Sin descontar puntos.",
    "No se descuenta ningún punto.",
    "減点なし。",
    "未扣分。",
    "不扣分",
    "没有扣分",
    "감점 없음",
    "Баллы не сняты.",
    "Без потери баллов.",
    "لم يتم خصم أي درجة",
    "कोई अंक नहीं काटा गया",
    "Aucun point retiré.",
    "Nessun punto tolto.",
    "Geen punten aftrek.",
    "x = -1 für die erste Nullstelle",
    "x = -1, also 1 Punkt.",
    "Steigung -1 richtig, 2 Punkte.",
    "Lösungen -1 und 3.",
    "- 1 Punkt für den Ansatz\n- 2 Punkte für das Ergebnis",
    "Range 0-1 points",
    "Ponto perdido? Não.",
    "x=-1 pour f(x)=0",
    "Der Punkt (-1|2) liegt auf der Geraden.",
    "Punkt P(-1, 2) korrekt.",
    "Minimum at -1, correct.",
    "2-1 punten verdeling.",
    "El punto (−1, 2) es correcto.",
    "Il punto di minimo è -1.",
    "Le point perdu de vue n'est pas utile.",
    "M1: 1 Punkt; A1: 2 Punkte",
    "Correct: -3",
    "-3 is right.",
    "Gradient correct (-1).",
    "1-2 баллов",
    "Keine Punkte verloren.",
    "1点目と2点目が正しい",
    "正解。1点目:-1",
    "No deduction of marks.",
    "Correct.",
    "Ableitung und Ansatz richtig.",
    "Alles korrekt, Einheit angegeben.",
    "Die Lösung 1/2 ist richtig.",
    "La respuesta 2/3 es correcta.",
    "Réponse 1/3 exacte.",
    "La probabilità 1/3 è giusta.",
    "O valor -1 está certo.",
    "Alle drei Gründe genannt.",
    "Los tres motivos están.",
    "Tutti e tre i motivi.",
    "Все три причины названы.",
    "Ответ -1 верный.",
    "Точка (-1; 2) найдена верно.",
    "3つの理由がすべて書かれている。",
    "答えは-1で正しい。",
    "三个原因都写了，答案是-1。",
    "तीनों कारण सही हैं।",
    "الأسباب الثلاثة صحيحة.",
    "세 가지 이유가 모두 맞음.",
    "Drie redenen genoemd; antwoord -1 klopt.",
    "Üç neden de doğru.",
    "Wszystkie trzy powody podane.",
    "De 2 punten liggen op de lijn.",
    "Der Graph geht durch 2 Punkte.",
    "Les 2 points sont sur la droite.",
    "I 2 punti sono sulla retta.",
    "Os 2 pontos estão na reta.",
    "Точки и 2 прямые построены.",
    "点Pを通る直線。",
    "Perde-se a solução negativa, mas o método dá 3.",
    "Verlust der Einheit wurde ausgeglichen.",
    "Half of the class missed this; right here.",
    "Half the area is shaded, as asked.",
    "La mitad del área, correcto.",
    "The ratio 1/3 : 2/3 is right.",
    "f(1/3) = 0.",
    "Range: 1-3 points on the graph.",
    "M1 A1 B1",
]
SHARES = [
    ("1 von 3 Punkten", 3),
    ("1 de 3 puntos", 3),
    ("1/3 puntos", 3),
    ("1 из 3 баллов", 3),
    ("3点中1点", 3),
    ("3 में से 1 अंक", 3),
    ("满分3分，得1分", 3),
    ("3 üzerinden 1", 3),
    ("3점 중 1점", 3),
    ("Vorzeichen falsch. 1/3", 3),
    ("Vorzeichen falsch (1/3).", 3),
    ("Halbe Punktzahl", 3),
    ("Media puntuación.", 3),
    ("半分の点", 3),
    ("0 Punkte: leer", 3),
    ("1 punto su 3", 3),
    ("1 punkt av 3", 3),
    ("1 punto.", 3),
    ("満点", 1),
    ("١ من ٣", 3),
    ("Половина баллов.", 3),
    ("आधे अंक", 3),
    ("نصف الدرجة", 3),
    ("1,5 von 3", 3),
]


def read(note, mark):
    text = json.dumps({"answers": [{"question_id": "1", "marks_awarded": mark, "rubric_notes": note}]})
    return parse_answer(text, ASKED).marks[0]


@pytest.mark.parametrize("note", LOSSES)
def test_a_loss_beside_full_marks_leaves_the_question_unmarked(note):
    mark = read(note, 3)
    assert (mark.marks_awarded, mark.findings[0].reason) == (None, Reason.CONTRADICTORY)
    assert mark.findings[0].found.startswith("3, ")


@pytest.mark.parametrize("note", LOSSES)
def test_the_same_loss_beside_a_mark_that_has_room_for_it_leaves_the_mark_alone(note):
    assert read(note, 2).marks_awarded == 2


@pytest.mark.parametrize("note", ORDINARY)
def test_an_ordinary_note_takes_no_mark_away(note):
    assert read(note, 3).marks_awarded == 3


@pytest.mark.parametrize(("note", "mark"), SHARES)
def test_a_share_of_the_maximum_that_is_not_the_mark_leaves_the_question_unmarked(note, mark):
    assert read(note, mark).marks_awarded is None


@pytest.mark.parametrize(
    ("note", "mark"),
    [("1 von 3 Punkten", 1), ("3点中1点", 1), ("१/३", 1), ("Halbe Punktzahl", 1.5), ("満点", 3), ("Nur 1½ von 3", 1.5)],
)
def test_a_share_that_is_the_mark_agrees_with_it(note, mark):
    assert read(note, mark).marks_awarded == mark


def test_numbers_of_every_script_are_read_alike():
    assert as_plain_numbers("−१,५ अंक, ١٫٥ and 1 ½ – ½") == "-1.5 अंक, 1.5 and 1.5 - .5"
