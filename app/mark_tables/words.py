"""Words of people's tables in English, German, French, Spanish, Italian, Portuguese, Dutch and Polish.

Each is written without case, with `_` for blanks and signs; the sets hold them without accents, as `plain` makes names.
"""

from collections.abc import Mapping
from typing import Final

from app.mark_tables.letters import without_accents

SCRIPT, QUESTION, MAXIMUM = "script", "question_id", "max_marks"
HUMAN, HUMAN_2 = "human_mark", "human_mark_2"
MODEL, TRY, MARK, STATUS = "model_name", "try_index", "mark", "status"
GROUP = "group"

# Names of columns, the most exact first: of several columns that name a student the first of these counts.
_WRITTEN: Final[Mapping[str, tuple[str, ...]]] = {
    SCRIPT: (
        *("script", "student", "student_id", "student_number", "student_no", "student_nr", "candidate"),
        *("candidate_number", "candidate_no", "matriculation_number", "registration_number", "roll_number", "roll_no"),
        *("exam_number", "id_number", "sid", "sis_user_id", "sis_login_id", "pupil", "learner"),
        *("matrikelnummer", "matrikelnr", "matrikel_nr", "matr_nr", "matnr", "mat_nr", "prüfungsnummer", "prüfling"),
        *("kandidatennummer", "kandidat", "schüler", "schueler", "schülerin", "schüler_in", "schülername", "lernende"),
        *("studierende", "teilnehmer", "teilnehmende"),
        *("numéro_étudiant", "numéro_d_étudiant", "n_étudiant", "numéro_candidat", "n_candidat", "élève", "étudiant"),
        *("étudiante", "matrícula", "número_de_matrícula", "n_matrícula", "expediente", "alumno", "alumna", "alumno_a"),
        *("estudiante", "matricola", "numero_di_matricola", "numero_matricola", "studente", "studentessa", "alunno"),
        *("candidato", "aluno", "aluna", "aluno_a", "estudante", "número_do_aluno", "n_de_aluno", "studentnummer"),
        *("leerlingnummer", "leerling", "kandidaat", "numer_albumu", "nr_albumu", "nr_indeksu", "uczeń", "kod_ucznia"),
        *(
            "student_name",
            "full_name",
            "name",
            "name_vorname",
            "nachname_vorname",
            "vorname_nachname",
            "vor_und_nachname",
        ),
        *("vorname_name", "nom_complet", "nom_prénom", "nom_prenom", "nom_et_prénom", "prénom_nom", "nom"),
        *("nombre_completo", "nombre_y_apellidos", "apellidos_y_nombre", "apellidos_nombre", "nombre", "nominativo"),
        *("nome_e_cognome", "cognome_e_nome", "cognome_nome", "nome_cognome", "nome_completo", "nome_do_aluno", "nome"),
        *("volledige_naam", "naam_leerling", "naam", "imię_i_nazwisko", "nazwisko_i_imię", "nazwisko_imię", "id"),
    ),
    QUESTION: (
        *("question_id", "question", "question_number", "qid", "item", "task", "exercise", "problem"),
        *("aufgabe", "aufgabennummer", "frage", "teilaufgabe", "exercice", "pregunta", "ejercicio", "domanda"),
        *("esercizio", "quesito", "questão", "pergunta", "exercício", "vraag", "opgave", "zadanie", "pytanie"),
    ),
    MAXIMUM: (
        *("max_marks", "max_mark", "maximum", "max", "max_points", "out_of", "points_possible", "possible"),
        *("maximum_marks", "maximum_mark", "maximum_points", "max_score", "maximum_score", "marks_available"),
        *("possible_points", "possible_marks", "full_marks", "maximalpunkte", "maximalpunktzahl", "max_punkte"),
        *("max_punktzahl", "maximale_punkte", "maximale_punktzahl", "höchstpunktzahl", "mögliche_punkte"),
        *("erreichbare_punkte", "erreichbar", "barème", "bareme", "points_max", "note_maximale", "max_puntos"),
        *("puntos_máximos", "puntuación_máxima", "máximo", "massimo", "punti_massimi", "punteggio_massimo"),
        *("pontos_máximos", "pontuação_máxima", "cotação", "cotações", "max_punten", "maximumscore"),
        *("maximale_punten", "te_behalen_punten", "maksimum", "maks", "maks_punktów", "maksymalna_liczba_punktów"),
    ),
    HUMAN: (
        *("human_mark", "teacher_mark", "marks_awarded", "points", "score", "first_marker", "marks", "points_awarded"),
        *("punkte", "punktzahl", "bewertung", "erstkorrektur", "erreichte_punkte", "puntos", "puntuación", "punti"),
        *("punteggio", "pontos", "pontuação", "punten", "punkty"),
    ),
    HUMAN_2: (
        *("human_mark_2", "teacher_mark_2", "second_marker", "second_mark", "marker_2", "zweitkorrektur"),
        *("zweitkorrektor", "zweite_korrektur", "second_correcteur", "deuxième_correction", "segundo_corrector"),
        *("seconda_correzione", "segunda_correção", "tweede_corrector", "tweede_correctie", "drugi_egzaminator"),
    ),
    MODEL: ("model_name", "model"),
    TRY: ("try_index", "try"),
    MARK: ("mark",),
    STATUS: ("status",),
    GROUP: ("group", "gruppe", "groupe", "grupo", "gruppo", "groep", "grupa"),
}

ALIASES: Final = {name: tuple(dict.fromkeys(map(without_accents, words))) for name, words in _WRITTEN.items()}

FIRST_NAMES: Final = frozenset(
    map(
        without_accents,
        ("first_name", "forename", "given_name", "vorname", "prénom", "prenom", "voornaam", "roepnaam", "imię"),
    )
)
LAST_NAMES: Final = frozenset(
    map(
        without_accents,
        (
            *("last_name", "surname", "family_name", "nachname", "familienname", "apellidos", "apellido", "cognome"),
            *("apelido", "apelidos", "sobrenome", "achternaam", "nazwisko"),
        ),
    )
)
# Columns beside a question's maximum: its wording, and the model answer.
TEXTS: Final = frozenset(
    ("text", "question_text", "wording", "fragetext", "aufgabentext", "wortlaut", "enonce", "enunciado")
)
ANSWERS: Final = frozenset(
    (
        "answer",
        "answers",
        "answer_key",
        "key",
        "model_answer",
        "solution",
        "losung",
        "loesung",
        "musterlosung",
        "musterloesung",
        "corrige",
        "respuesta",
        "soluzione",
    )
)
# One name's column: with a column of first names beside it the last name, with one of last names the first name.
HALF_NAMES: Final = frozenset(("name", "nom", "nombre", "nome", "naam"))

# Numbers of rows in a list. They name a student where no better column does; with a maximum they are questions.
RUNNING_NUMBERS: Final = frozenset(
    map(
        without_accents,
        (
            *("n", "no", "nr", "n_º", "nº", "n_o", "number", "num", "numéro", "número", "numero", "numer", "nummer"),
            *("lp", "l_p", "lfd_nr", "laufende_nummer", "pos", "position", "volgnummer"),
        ),
    )
)

# Columns and rows that people add to a table of marks, and that hold no mark of a question.
ASIDE: Final = frozenset(
    map(
        without_accents,
        (
            *("total", "totals", "total_marks", "sum", "grade", "grades", "percent", "percentage", "rank", "comment"),
            *(
                "comments",
                "remark",
                "remarks",
                "note",
                "notes",
                "feedback",
                "email",
                "e_mail",
                "email_address",
                "class",
            ),
            *("group", "section", "institution", "department", "signature", "date", "room", "seat"),
            *(
                "last_downloaded_from_this_course",
                "username",
                "login",
                "sex",
                "gender",
                "tutor",
                "course",
                "year",
                "form",
            ),
            *("unmarked", "to_look_at", "average", "class_average", "mean", "median", "sd", "std", "stdev", "mode"),
            *("std_dev", "standard_deviation", "minimum", "min", "highest", "lowest", "count", "facility", "present"),
            *(
                "summe",
                "gesamt",
                "gesamtpunkte",
                "gesamtpunktzahl",
                "gesamtsumme",
                "punkte_gesamt",
                "klasse",
                "kommentar",
            ),
            *(
                "bemerkung",
                "bemerkungen",
                "anmerkung",
                "anmerkungen",
                "prozent",
                "durchschnitt",
                "mittelwert",
                "schnitt",
            ),
            *(
                "notenpunkte",
                "ø",
                "datum",
                "raum",
                "platz",
                "geschlecht",
                "kurs",
                "unterschrift",
            ),
            *("standardabweichung", "anzahl", "lösungsquote", "klassenschnitt", "notendurchschnitt", "spalte_summe"),
            *("somme", "note_finale", "note_totale", "moyenne", "écart_type", "médiane", "classe", "remarque"),
            *("remarques", "commentaire", "commentaires", "courriel", "rang", "pourcentage", "appréciation"),
            *(
                "suma",
                "nota",
                "nota_final",
                "calificación",
                "promedio",
                "mediana",
                "curso",
                "comentario",
                "comentarios",
            ),
            *("observaciones", "porcentaje", "correo", "desviación_típica", "desviación_estándar", "fecha", "clase"),
            *("totale", "somma", "voto", "voto_finale", "media", "deviazione_standard", "commento", "commenti"),
            *("osservazioni", "percentuale", "data", "firma"),
            *("soma", "nota_final", "média", "turma", "comentário", "comentários", "observações", "percentagem"),
            *("totaal", "som", "cijfer", "eindcijfer", "gemiddelde", "mediaan", "klas", "opmerking", "opmerkingen"),
            *(
                "standaarddeviatie",
                "suma_punktów",
                "razem",
                "ocena",
                "średnia",
                "uwagi",
                "komentarz",
                "klasa",
                "procent",
            ),
            *(
                "odchylenie_standardowe",
                "data_urodzenia",
                "total_score",
                "overall_average",
                "group_average",
                "final_grade",
                "overall",
                "overall_grade",
            ),
            *RUNNING_NUMBERS,
            *FIRST_NAMES,
            *LAST_NAMES,
        ),
    )
)

# Words for "no mark" in a cell. Every other text that is no number is refused.
NO_MARK: Final = frozenset(
    (
        *("", "-", "–", "—", "/", "?", "n/a", "na", "n.a.", "abs", "abs.", "absent", "abwesend", "krank", "fehlt"),
        *("entschuldigt", "entsch.", "nicht erschienen", "malade", "ausente", "assente", "falta", "afwezig", "ziek"),
        *("nieobecny", "nieobecna", "nb", "n.b."),
    )
)
# Words that a reader takes for an empty cell. The notes name the others.
EMPTY: Final = frozenset(("", "-", "–", "—"))
