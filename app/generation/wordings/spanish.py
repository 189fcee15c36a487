"""Spanish."""

from app.generation.wordings.table import LETTER as _LETTER
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textos?|pasajes?|fragmentos?|p[aá]rrafos?|documentos?|art[ií]culos?|lecturas?|extractos?|cap[ií]tulos?|secci[oó]n)"
_THE = r"(?:el|la|los|las|este|esta|estos|dicho|dicha|un|del|al)"

SPANISH = wording(
    Patterns(
        source=rf"\b(?:seg[uú]n|conforme al?|de acuerdo (?:con|a)l?|con base en|en base al?|a partir del?|basado en|bas[aá]ndose en|en)"
        rf"(?: (?:se (?:indica|menciona|describe) en|lo (?:expuesto|dicho|indicado) en))?(?: {_THE})? (?:siguiente |presente )?{_TEXT}\b"
        r"(?: (?:anterior|siguiente|le[ií]do|dado|proporcionado|presentado))?"
        rf"|\bcomo se (?:menciona|indica|describe|explica|señala) en {_THE} {_TEXT}\b"
        r"|\bseg[uú]n (?:el|la) autora?\b(?! de\b)|\bseg[uú]n lo le[ií]do\b"
        r"|\b(?:la )?informaci[oó]n (?:proporcionada|dada|presentada|anterior)\b"
        rf"|\b(?:infer\w+|dedu\w+|conclu\w+|desprende\w*|extra\w+) (?:del|de la|de este|de esta) {_TEXT}\b(?! \d)"
        rf"|\b(?:idea|tema|t[ií]tulo|prop[oó]sito|finalidad|mensaje|tono|resumen|intenci[oó]n|tesis)(?: (?:principal|central|general))? (?:del|de la|de este|de esta) (?:{_TEXT}|autora?)\b(?! \d)"
        rf"|\b(?:resume|titula|describe|caracteriza)(?:n|r[ií]a)? (?:mejor )?(?:el|la|este|esta) {_TEXT}\b(?! \d)"
        r"|\b(?:opina|piensa|cree|sugiere|quiere decir|defiende|sostiene|afirma|critica|pretende|se refiere) (?:el|la) autora?\b"
        r"|\bel autor (?:opina|piensa|cree|sugiere|defiende|sostiene|critica|pretende|usa|utiliza|se refiere)\b|\b(?:actitud|opini[oó]n|postura) (?:del autor|de la autora)\b"
        r"|\bel (?:texto|pasaje|fragmento|documento|art[ií]culo|autor) (?:dice|afirma|menciona|indica|se[ñn]ala|describe|explica)\b",
        provision=r"\s*(?:n\.?[ºo°]?\s*)?(?:\d|(?-i:[IVXLC]+)\b|\w+ de(?:l)? (?:la|el)? ?(?:ley|constituci[oó]n|c[oó]digo|tratado|carta|convenio)"
        r"|\d+ del art|de(?:l)? (?:la |el )?(?:ley|constituci[oó]n|c[oó]digo|tratado|carta|convenio))",
        others=r"\A(?:todas?|todos|ning[uú]n[oa]?|ambas?|ambos|cualquiera)(?: (?:las|los|de las|de los|de|estas?|estos|son|es|est[aá]n|las dem[aá]s))*"
        r"(?: otras?| otros)?(?: (?:opci[oó]n(?:es)?|respuestas?|alternativas?|afirmaciones|enunciados))?(?: (?:son|es|est[aá]n))?"
        r"(?: (?:anterior(?:es)?|correctas?|correctos?|verdaderas?|incorrectas?|falsas?|otras opciones|de arriba))\W*\Z"
        r"|\A(?:todas?|ning[uú]n[oa]) de (?:las|los) (?:otras |dem[aá]s )?(?:opciones|respuestas|alternativas|dem[aá]s|otras)(?: \w+)?\W*\Z"
        r"|\Atodas las (?:opciones|respuestas|alternativas)(?: anteriores)? son \w+\W*\Z"
        rf"|\A(?:tanto |s[oó]lo |solo |solamente |[uú]nicamente |ni )?\(?(?:{_LETTER})\)?(?:,? (?:y|o|e|como|ni) \(?(?:{_LETTER})\)?)+"
        rf"(?: (?:solamente|[uú]nicamente|son correctas))?\W*\Z|\Ani \(?(?:{_LETTER})\)? ni \(?(?:{_LETTER})\)?\W*\Z",
        absolute=r"\b(?:siempre|nunca|jam[aá]s|nadie|todos?|todas?|ning[uú]n|ninguna|ninguno|solamente|s[oó]lo|[uú]nicamente"
        r"|completamente|totalmente|absolutamente|enteramente|imposible|sin excepci[oó]n|invariablemente|todo el mundo)\b",
        relative=r"\b(?:D[ií]a de )?Todos los Santos\b|\btodos los (?:d[ií]as|a[ñn]os|meses)\b|\bno s[oó]lo\b|\bsobre todo\b|\bdel todo\b|\bante todo\b",
        negative=r"(?P<word>\bno\b)(?! (?:s[oó]lo|solo|obstante|m[aá]s))|\b(?P<word>nunca|jam[aá]s|ningun[oa]?|excepto|salvo|fals[oa]s?|incorrect[oa]s?"
        r"|inexact[oa]s?|err[oó]ne[oa]s?|equivocad[oa]s?|mal (?:relacionad|emparejad|asociad)[oa]s?|incorrectamente)\b|\b(?P<word>menos)\W*\Z|\bmenos un[oa]\b",
        clause=r"(?<!\A[¿\W]*)(?<!\bde (?:los|las) siguientes )\bque\b(?! (?:[oó]rgano|pa[ií]s|enunciado|afirmaci[oó]n))|\b(?:si|cuando|porque|aunque|donde|cual se|quien|cuyo|cuya|mientras|como si)\b",
        scene=r"\b(?:siguientes|estos|estas|todos|todas)\b[^.?!]{0,120}?\b(?P<word>salvo|excepto|menos) un[oa]\b",
        not_asked=r"\bpor qu[eé]\b|\bc[oó]mo\b|\bqu[eé] (?:le )?(?:ocurre|sucede|pasa|significa)\b",
    )
)
