"""Spanish."""

from app.generation.wordings.options import OptionWords, others
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textos?|pasajes?|fragmentos?|p[aá]rrafos?|documentos?|art[ií]culos?|lecturas?|extractos?|cap[ií]tulos?|secci[oó]n)"
_THE = r"(?:el|la|los|las|este|esta|estos|dicho|dicha|un|del|al)"

_OPTION = (
    r"(?:opci[oó]n(?:es)?|respuestas?|alternativas?|afirmaci[oó]n(?:es)?|enunciados?|proposici[oó]n(?:es)?|incisos?|literal(?:es)?"
    r"|anterior(?:es)?|precedentes?|ell[oa]s|[eé]st[oa]s|(?:mencionad|citad|señalad|indicad|dad)[oa]s|de arriba|otras|dem[aá]s|dos)"
)
_RIGHT = r"(?:(?:es|son|est[aá]n?|ser[ií]an?|pueden ser) )?(?:tod[oa]s |ambas |igualmente )?(?:in)?(?:correct|verdader|ciert|v[aá]lid|fals|err[oó]ne|posibl|acertad)\w*"
_OTHERS = OptionWords(
    many=r"(?:tod[oa]s?|ning[uú]n[oa]?|amb[oa]s|cualquiera|alguna|cada una|m[aá]s de una|s[oó]lo una|las? (?:dos|tres)|l[oa]s cuatro|no hay)",
    between=r"(?:de|las?|l[oa]s|el|estas?|estos|esas?|otras?|otros|dem[aá]s|siguientes|es|son)",
    option=_OPTION,
    right=_RIGHT,
    ordinal=r"(?:las? )?(?:(?:dos|tres) (?:primer|[uú]ltim)[oa]s|(?:primer|[uú]ltim)[oa]s? (?:dos|tres)|(?:primer|segund|[uú]ltim)a (?:y|e) (?:la )?(?:segund|tercer|cuart|[uú]ltim)a)",
    joins=r"y|o|e|u|como|ni(?: la)?|y la",
    before=r"tanto|s[oó]lo|solamente|[uú]nicamente|ni|amb[oa]s|l[oa]s?|entre",
    after=r"solamente|[uú]nicamente|s[oó]lo|a la vez|juntas",
)
# A word like "false" turns the question round when it stands of a statement or alone; "a false alarm" is a subject.
_WRONG = r"(?:fals[oa]s?|(?:incorrect|inexact|inadecuad|err[oó]ne|equivocad|inv[aá]lid|inapropiad|impropi)[oa]s?|incongruentes?|improbables?)"
_ABOUT = r"(?= ?(?:\W*\Z|[,:;.?]|(?:sobre|acerca|respecto|en cuanto|en relaci[oó]n|con relaci[oó]n|de las?|de los|entre|referente|relativ\w+|para|que)\b))"
_LEAST = r"(?:probable|apropiad|adecuad|importante|relevante|frecuente|habitual|caracter[ií]stic|correct|eficaz|recomendable|[uú]til)"

# A definite reader's noun without "of whom" or "of what" points to something that lies before the reader.
_UNNAMED = r"(?! (?:de|del|que|quien|cuyo|cuya|entre|sobre|titulad[oa]|llamad[oa]|(?-i:[A-Z]))\b)(?! ?[\"“‘«])"
_GIVES = r"(?:da|dan|ofrece|presenta|aporta|plantea|propone|expone|dice|afirma|menciona|indica|señala|describe|explica|sostiene|sugiere|define|destaca|trata|concluye|cita|narra|relata|muestra|defiende|critica|ilustra|resalta|emplea|usa)"
_STORY = r"(?:texto|pasaje|fragmento|extracto|lectura|cuento|relato|poema|di[aá]logo|conversaci[oó]n|entrevista|ensayo|(?-i:carta)|discurso|lecci[oó]n|clase|apuntes)"
_PICTURE = r"(?:diagrama|figura|gr[aá]fic[oa]|esquema|tabla|cuadro|mapa|imagen|fotograf[ií]a|ilustraci[oó]n|dibujo)"

# "Only one electron" and "all four limbs" count; "all India" is a stretch of land.
_COUNT = (
    r"(?:\d+|un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|veinte|cien|mil|la mitad|una vez)"
)

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
        r"|\bel (?:texto|pasaje|fragmento|documento|art[ií]culo|autor) (?:dice|afirma|menciona|indica|se[ñn]ala|describe|explica)\b"
        # What stands in a picture or a numbered table is no better known to the student than a text.
        r"|\b(?:diagrama|figura|gr[aá]fic[oa]|esquema|tabla|cuadro|mapa|imagen|fotograf[ií]a|ilustraci[oó]n|dibujo)s? (?:anterior|adjunt[oa]|de arriba|de abajo|que (?:aparece|se (?:muestra|presenta))|mostrad[oa]|dad[oa]|presentad[oa]|siguiente)\b"
        r"|\b(?:siguiente|presente|adjunt[oa]) (?:diagrama|figura|gr[aá]fic[oa]|esquema|tabla|cuadro|mapa|imagen|fotograf[ií]a|ilustraci[oó]n)\b"
        r"|\b(?:en|de|del|seg[uú]n|ver|v[eé]ase)(?: (?:el|la))? (?:diagrama|figura|fig\.|gr[aá]fic[oa]|esquema|tabla|cuadro|mapa|anexo|recuadro) (?:n[.ºo°]* ?)?\d+"
        rf"|\b(?:muestra|representa|ilustra|indica|describe|ense[nñ]a)n? (?:el|la|este|esta) {_PICTURE}(?=\s*[?.,])|[¿?][^?.]{{0,40}}\b(?:muestra|representa|ilustra) (?:el|la|este|esta) {_PICTURE}(?=\s*[?])"
        r"|\b(?:muestra|aparece|presenta|observa|ve|representa\w*|ilustra\w*) en (?:el|la|este|esta) (?:diagrama|figura|gr[aá]fic[oa]|esquema|tabla|cuadro|mapa|imagen|fotograf[ií]a|ilustraci[oó]n)\b(?! de\b)"
        rf"|\b(?:en|de|del)(?: {_THE})? (?:\w+ )?(?:(?:primer|segund|tercer|cuart|[uú]ltim|pen[uú]ltim)[oa]?|siguiente) (?:p[aá]rrafo|fragmento|apartado|estrofa)\b"
        rf"|\ben (?:este|esta|el presente|la presente) (?:{_TEXT}|unidad|lecci[oó]n|tema|apartado|estudio|obra|libro|m[oó]dulo|clase|curso|informe)\b|\ben (?:el|la) (?:texto|pasaje|fragmento|lectura|extracto)\b(?! de\b)"
        r"|\bseg[uú]n (?:el|la|los) (?:estudio|informe|escritora?|narradora?|hablante|profesora?|ponente|investigadores|apuntes|manual|contenido|material)\b(?! (?:de|del|sobre)\b)"
        r"|\b(?:opina|piensa|cree|sugiere|quiere decir|defiende|sostiene|afirma|critica|se refiere) (?:el|la) (?:escritora?|narradora?)\b|\b(?:opini[oó]n|postura|actitud|intenci[oó]n) (?:del|de la) (?:escritora?|narradora?)\b"
        r"|\b(?:mencionad|descrit|citad|expuest|indicad|explicad)[oa]s? (?:anteriormente|arriba|m[aá]s arriba|previamente|en (?:el|la|este|esta) (?:texto|pasaje|lectura|cap[ií]tulo|documento|art[ií]culo))\b|\b(?:has|ha|hemos) le[ií]do\b"
        r"|\b(?:el|la|este|esta) (?:texto|pasaje|fragmento|documento|art[ií]culo|lectura|informe|estudio|cap[ií]tulo) (?:dice|afirma|menciona|indica|se[ñn]ala|describe|explica|sostiene|sugiere|plantea|expone|presenta|define|destaca|trata|concluye)\b(?! \d)"
        rf"|\b(?:el|la|este|esta) (?:autora?|escritora?|narradora?|ensayista)\b{_UNNAMED}|\b(?:del|al) (?:autor|narrador|escritor)\b{_UNNAMED}|\b(?:la|esta|nuestra) lecci[oó]n\b{_UNNAMED}|\b(?:el|este) (?:pasaje|fragmento|extracto)\b{_UNNAMED}"
        rf"|\b(?:en|de|tras|por|con)(?: (?:el|la|este|esta|los))? {_STORY}\b(?<=(?:el|la|este|esta|los) \w+){_UNNAMED}|\b(?:del|al) {_STORY}\b{_UNNAMED}"
        rf"|\b{_GIVES} (?:el|la|este|esta) (?:{_TEXT}|estudio|informe|poema|cuento|ensayo|carta|lecci[oó]n)\b{_UNNAMED}(?! \d)"
        rf"|\b(?:observ[ae]|mir[ae]|f[ií]jese en|analic?[ez][ae]?|consider[ae]|examin[ae]|vea|consult[ae]|utilic?[ez][ae]?)(?: en)? (?:el|la|este|esta) (?:siguiente )?{_PICTURE}\b"
        r"|\bcomo se (?:ha )?(?:dicho|indic[oó]|mencion[oó]|vio|explic[oó]|visto|explicado)\b"
        r"|\b(?:de acuerdo con|seg[uú]n|a partir de|con base en) lo (?:le[ií]do|estudiado|visto|expuesto|anterior)\b|\b(?:da|menciona|cita|presenta|describe|indica|señala|ofrece)\w*(?: \w+)? en (?:el|la|este|esta) (?:material|fuente|libro|informe|estudio|manual)\b(?! (?:de|del)\b)"
        r"|\b(?:idea|tesis|mensaje|punto)s? (?:principal|central|clave)(?:es)? (?:de(?:l| la| este| esta)) (?:apartado|lecci[oó]n|unidad|lectura|secci[oó]n|clase|p[aá]rrafo)\b(?! (?:de|del|sobre|\d))"
        rf"|\b(?:el|este|del|al) (?:texto|poema|relato|cuento|ensayo)\b{_UNNAMED}(?! (?:legal|plano|fuente))|\b(?:en|de) (?:este|el presente) (?:trabajo|art[ií]culo|texto|estudio)\b",
        place=r"\b(?:seg[uú]n|de acuerdo con|en) el p[aá]rrafo \d+\b(?! (?:de|del)\b)|\b(?:en|seg[uú]n) (?:la |las )?(?:l[ií]neas?|p[aá]gina) \d+\b(?! (?:de|del)\b)",
        provision=r"(?: (?:del|de la) (?:art[ií]culo|secci[oó]n|p[aá]rrafo))|\s*(?:n\.?[ºo°]?\s*)?(?:\d|(?-i:[IVXLC]+)\b|\w+ de(?:l)? (?:la|el)? ?(?:ley|constituci[oó]n|c[oó]digo|tratado|carta|convenio)"
        r"|\d+ del art|de(?:l)? (?:la |el )?(?:ley|constituci[oó]n|c[oó]digo|tratado|carta|convenio))",
        others=others(_OTHERS),
        absolute=r"\b(?:siempre|nunca|jam[aá]s|nadie|todos?|todas?|ning[uú]n|ninguna|ninguno|solamente|s[oó]lo|[uú]nicamente"
        r"|completamente|totalmente|absolutamente|enteramente|imposible|sin excepci[oó]n|invariablemente|todo el mundo)\b",
        relative=r"\b(?:D[ií]a de )?Todos los Santos\b|\btodos los (?:d[ií]as|a[ñn]os|meses)\b|\bno s[oó]lo\b|\bsobre todo\b|\bdel todo\b|\bante todo\b"
        rf"|\b(?:s[oó]lo|solamente|[uú]nicamente) {_COUNT}\b|\btod[oa]s (?:los|las) {_COUNT}\b|\btod[oa] (?:el|la) (?-i:\p{{Lu}})",
        negative=(
            # "No renovable" and "no metálicos" name a kind; the verb after "no" does not end like this.
            r"(?P<word>\bno\b)(?! (?:s[oó]lo|solo|obstante|m[aá]s)\b)(?! (?!cuida|olvida|anida|nada\b|sabido)\w*(?:bles?|[ai]d[oa]s?|[ct]iv[oa]s?|[aeo]ntes?|[aá]lic[oa]s?|al(?:es)?|(?:pol|nucle|regul|line|sol|celul|molecul)ar(?:es)?)\b)"
            r"|\b(?P<word>nunca|jam[aá]s|ning[uú]n[oa]?|excepto|salvo|exceptuando|a excepci[oó]n|con excepci[oó]n|mal (?:\w+[aiu]d|escrit|hech)[oa]s?|incorrectamente|err[oó]neamente)\b"
            rf"|\b(?:es|son|sea|sean|era|resultan?|ser[ií]a) (?:\w+mente )?(?P<word>{_WRONG})\b|\b{_OPTION} (?:m[aá]s )?(?P<word>{_WRONG})\b"
            rf"|\b(?:la|lo|el|las|los|cu[aá]l|una) (?P<word>{_WRONG})\b{_ABOUT}"
            rf"|\bde (?:forma|modo|manera) (?P<word>{_WRONG})\b"
            r"|\b(?P<word>menos)\W*\Z|\b(?P<word>menos) un[oa]\b"
            rf"|\b(?P<word>menos) (?:{_LEAST}|relaci[oó]n|probabilidad|(?!poblad|pesad|elevad|habitad)\w+(?:ad[oa]s?|id[oa]s?|ibles?|ables?)\b)"
            r"|\bde qu[eé]\b[^?]{0,200}\b(?P<word>carece\w*)|\b(?P<word>carece\w*) de (?:cu[aá]l|qu[eé])|\bcu[aá]l\b[^?]{0,60}\b(?P<word>carece\w*|queda(?:n|ba)? exclu\w+|est[aá]n? ausentes?)\b"
        ),
        clause=r",\s*(?:pero|aunque)\b|(?<!\A[¿\W]*)(?<!\bde (?:los|las) siguientes )\bque\b(?! (?:[oó]rgano|pa[ií]s|enunciado|afirmaci[oó]n))|\b(?:si|cuando|porque|aunque|donde|cual se|quien|cuyo|cuya|mientras|como si)\b",
        scene=r"\b(?P<word>todos menos|todas menos) un[oa]\b|\b(?:la|el|aquell[ao]|opci[oó]n|alternativa|afirmaci[oó]n|enunciado|respuesta) que (?P<word>no)\b|\b(?:siguientes|estos|estas|todos|todas)\b[^.?!]{0,120}?\b(?P<word>salvo|excepto|menos) un[oa]\b",
        not_asked=r"\bpor qu[eé]\b|\bc[oó]mo\b|\bqu[eé] (?:le )?(?:ocurre|sucede|pasa|significa)\b",
    )
)
