"""Words of other languages for marks, maxima, losses and their like, as the English words that the tables know.

One gloss serves keys, headings and notes: what holds for "marks lost" holds for "points perdus". The words stand in
lower case, Latin ones without accents. A word with two readings ("asignado": awarded, or allotted) is left out: an
unknown word never makes an award.
"""

import re
import unicodedata
from functools import lru_cache


def _table(lines: str) -> dict[str, tuple[str, ...]]:
    """`english words: foreign words`, one line each."""
    pairs = (line.split(":") for line in lines.strip().splitlines())
    return {word: tuple(english.split()) for english, foreign in pairs for word in foreign.split()}


_CONTENT = _table("""
mark: point pt punkt punkte punkten pkt punto punti ponto punt punten poang poeng puan puanlar puani punkty punktow
mark: nota балл баллы баллов бал бали балів 点 分 점 अंक درجة درجات الدرجات
score: punktzahl punktestand puntuacion puntuacione puntaje punteggio pontuacao pontuacoe wynik 分数 分數 点数 點數 점수
grade: bewertung bewertungen calificacion calificacione voto voti cijfer ocena оценка оценки 成绩 成績
awarded: vergeben vergebene vergebenen zuerkannt zuerkannte attribue attribuee accorde accordee otorgado otorgada
awarded: attribuito attribuiti atribuido atribuida toegekend toegekende przyznane przyznana присуждено начислено
awarded: tilldelade verilen
obtained: erreicht erreichte erreichten obtenu obtenue obtenido obtenida ottenuto ottenuti obtido obtida behaald
obtained: behaalde uzyskane uzyskana получено полученные erhallna uppnadda alinan
earned: verdient verdiente gagne gagnee ganado ganada zdobyte verdiend verdiende
received: erhalten erhaltene erhaltenen recu recue recibido recebido bekommen набрано набранные
scored: erzielt erzielte erzielten
awarded mark: 得分 得点 得點 득점 प्राप्तांक
grading: 评分 評分 採点 批改 채점
max: maximal maximale maximalen maximaux hochst hochste bareme maximo maxima massimo massimi maximaal maximalna
max: maximalny maksymalna maksimum максимум максимальный максимальные максимальная 满分 滿分 満点 配点 배점 만점
possible: moglich mogliche moglichen erreichbar erreichbare erreichbaren posible possibili mogelijk mogelijke
possible: возможные
deduction: abzug abzuge penalite descuento detrazione desconto aftrek avdrag 扣分 減点 감점
deducted: abgezogen abgezogene abgezogenen retire retiree deduit deduite enleve restado descontado detratti
deducted: deduzido afgetrokken снято
lost: verloren verlorene verlorenen perdu perdue perdido perdida perso persi utracone stracone потеряно
missing: fehlend fehlende fehlenden manquant manquante faltante
total: gesamt
sum: summe somme suma soma somma сумма
overall: insgesamt
question: frage fragen aufgabe aufgaben pregunta exercice ejercicio domanda esercizio pergunta questao questoe
question: vraag opgave fraga uppgift oppgave zadanie pytanie soru вопрос задание 题号 题目 問題 문제 문항 प्रश्न
part: teil teilaufgabe partie parte deel
reason: begrundung motivazione uzasadnienie обоснование
comment: kommentar commentaire comentario commento opmerking komentarz комментарий
remark: anmerkung bemerkung remarque
percent: prozent prozentual pourcentage porcentaje percentuale porcentagem procent проценты процентах
average: durchschnitt durchschnittlich moyenne promedio media gemiddelde среднее
class: klasse klassen classe clase
teacher: lehrer lehrkraft lehrerin professeur enseignant profesor profesora docente professor insegnante leraar
teacher: учитель
first marker: erstkorrektur erstkorrektor erstprufer
other: andere anderen anderer autre otro otra altro outro
previous: vorherige fruhere precedent precedente anterior
example: beispiel exemple ejemplo esempio exemplo voorbeeld przyklad пример
sample: muster musterlosung
solution: losung solucion corrige
draft: entwurf brouillon borrador bozza rascunho черновик
provisional: vorlaufig vorlaufige vorlaufigen provisoire provisorio
final: endgultig endgultige endgultigen finale definitive definitiva definitivo definitief definitieve итоговая
final: итоговые
result: ergebnis ergebnisse resultat resultado risultato risultati resultaat результат результаты
evaluation: evaluacion valutazione avaliacao evaluatie
assessment: beurteilung beoordeling
exam: klausur prufung prova esame copie toets tentamen экзамен
grading result: 採点結果 评分结果
first: erste erster ersten premier premiere primer primera primo prima primeira eerste
pass: durchgang passe pasada
student: schuler schulerin schulers eleve etudiant etudiante estudiante alumno alumna studente aluno leerling
student: ученик ученика
blank: leer vide blanco leeg bianco branco
""")
_FUNCTION = _table("""
the: der die das den dem des le la les el los las os lo il gli da dos do de del dei della du d l se
this: dieser diese dieses dieser cet cette este esta questo questa deze dit
for: fur pour para per voor pro je
to: a al zu zur
of: von sur su di van из av dari
my: meine mein meiner mon ma mes mi mis mijn minha moja
here: hier voici aqui ecco
is: ist sind wurde wurden wird werden est sont ete es son sono e zijn worden werd fue fueron sido
are: estas estan
award: otorga otorgan accordare
only: single seul seule nur lediglich bloss seulement uniquement
only: solo solamente soltanto somente apenas slechts alleen только
no: kein keine keinen keiner aucun aucune ningun ninguno ninguna nessun nessuno nenhum nenhuma geen нет
all: alle tous toute toutes todo toda tutti tutte tutto
full: volle voller voll plein pleine completa completo pieno volledige полный
nothing: nichts rien nada niente niets ничего
written: geschrieben ecrit escrito scritto geschreven
so: daher somit deshalb donc dunque quindi dus portanto
""")
_ANY = {**_FUNCTION, **_CONTENT}
_SHORTEST_OF_A_COMPOUND = 4
# Words of which compounds are made, such as "Gesamtpunktzahl".
COMPOUNDED = frozenset(word for word in _CONTENT if word.isascii() and len(word) >= _SHORTEST_OF_A_COMPOUND)
_EARNED = frozenset({"finale", "maximale"}) | {
    word for word, english in _CONTENT.items() if english[0] in {"awarded", "obtained", "received"}
}
KNOWN_ENGLISH = frozenset(word for english in _ANY.values() for word in english)
_LATIN_ACCENTS = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+(?:[\u0900-\u0d7f]+[^\W_]*)*|[^\w\s]")
_NO_PLURALS = ("ss", "us", "is")
_SHORTEST_OF_ALL = 2


def singular(word: str) -> str:
    if not word.endswith("s") or len(word) <= _SHORTEST_OF_ALL:
        return word
    return word[:-1] if not word.endswith(_NO_PLURALS) or word[:-1] in _CONTENT else word


def without_accents(text: str) -> str:
    """`text` in NFKC with the accents of Latin letters taken off."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", _LATIN_ACCENTS.sub("", parted)).replace("ß", "ss")


def in_english(words: list[str]) -> list[str]:
    """The words of a key, foreign ones in English. "note" is a mark beside a French word of awards."""
    has_earned = not _EARNED.isdisjoint(words)
    glossed = [one for word in words for one in _CONTENT.get(word, (word,))]
    return ["mark" if word == "note" and has_earned else word for word in glossed]


@lru_cache(1024)
def words_of(text: str) -> tuple[str, ...]:
    """The words and signs of a heading or a sentence, in lower case, singular, and in English as far as known."""
    found = [one.lower() for one in _WORD.findall(without_accents(text))]
    glossed = [one for word in found for one in _in_english(word)]
    if "note" in glossed and not _EARNED.isdisjoint(map(singular, found)):
        return tuple("mark" if word == "note" else word for word in glossed)
    return tuple(glossed)


# Texts differ, and their words come again and again: one look into a cache costs a tenth of the three tables.
@lru_cache(8192)
def _in_english(word: str) -> tuple[str, ...]:
    return _ANY.get(word) or _ANY.get(singular(word)) or (singular(word),)


def glossed_as(english: frozenset[str]) -> frozenset[str]:
    """The words of other languages that mean one of these English words."""
    return frozenset(word for word, means in _ANY.items() if not english.isdisjoint(means))


def gloss(text: str) -> str:
    """A heading or sentence word by word in English; empty where it holds no word of the table."""
    found = {singular(one.lower()) for one in _WORD.findall(without_accents(text))}
    return " ".join(words_of(text)) if not found.isdisjoint(_CONTENT) else ""
