"""German."""

from app.generation.wordings.options import OptionWords, others
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:Text(?:e|es|s|en)?|Textauszugs?|Passagen?|Abschnitt(?:s|es|en|e)?|Auszug(?:s|es)?|Artikels?|Dokument(?:s|es)?|Absatz(?:es)?|Lesetext(?:es)?|Kapitels?)"
_THE = r"(?:der|die|das|dem|den|des|diesem|dieser|dieses|diesen|obigen|obige|vorliegenden|gegebenen|vorstehenden|folgenden)"
_LAW = r"(?:Gesetz\w*|Verfassung|Grundgesetz\w*|\w*gesetzbuch\w*|Vertrag\w*|Charta|Konvention|StGB|BGB|GG)"

_OPTION = (
    r"(?:Antwort(?:en|m[oö]glichkeit(?:en)?)?|M[oö]glichkeit(?:en)?|Option(?:en)?|Aussagen?|Alternativen?|Auswahlm[oö]glichkeit(?:en)?|Behauptung(?:en)?|L[oö]sung(?:en)?"
    r"|davon|hiervon|von diesen|(?:oben |zuvor |hier )?(?:genannt|aufgef[uü]hrt|angegeben|aufgez[aä]hlt|obig|vorherig|vorgenannt)en?|der Obigen|beiden)"
)
_RIGHT = r"(?:(?:sind|ist|w[aä]re|k[oö]nnen) )?(?:alle |beide |gleicherma[ßs]+en )?(?:richtig|falsch|korrekt|zutreffend|wahr|unwahr|unzutreffend|m[oö]glich|g[uü]ltig|stimmen|stimmt|gelten|gilt|trifft zu|treffen zu|trifft|treffen|passend)(?: sein| zu)?"
_OTHERS = OptionWords(
    many=r"(?:alles?|aller|keine?r?s?|beides?|jede[rs]?|s[aä]mtliche|mehrere|mehr als eine|nur eine|eine der|die (?:drei|beiden)|nichts|es gibt keine)",
    between=r"(?:die|der|den|dieser|diese|diesen|von|oben|anderen|[uü]brigen|folgenden|drei|vier|beiden|richtigen?|ist|sind)",
    option=_OPTION,
    right=_RIGHT,
    ordinal=r"(?:die |nur die )?(?:(?:ersten|letzten) (?:beiden|zwei|drei)|(?:beiden|zwei|drei) (?:ersten|letzten)|erste und (?:die )?(?:zweite|dritte|letzte))",
    joins=r"und|oder|als auch|noch|sowie|bis",
    before=r"sowohl|nur|weder|entweder|beide|die",
    after=r"zusammen|gemeinsam|beide|allein",
)
# A word like "false" turns the question round when it stands of a statement or alone; "false news" are a subject.
_WRONG = r"(?:falsch|unrichtig|unzutreffend|unwahr|unpassend|ungeeignet|unkorrekt|fehlerhaft|irrig|inkorrekt|unzul[aä]ssig|unm[oö]glich|unwahrscheinlich|ung[uü]ltig)"
_LEAST = (
    r"(?:wahrscheinlich|geeignet|passend|wichtig|zutreffend|h[aä]ufig|sinnvoll|relevant|typisch|plausibel|angemessen)"
)
_PICTURE = r"(?:Abbildung|Grafik|Graphik|Diagramm|Tabelle|Schaubild|Karte|Bild|Zeichnung|Skizze|Schema|Foto|Kurve)"

# A definite reader's noun without "of whom" or "of what" points to something that lies before the reader.
_UNNAMED = r"(?! (?:des|der|eines|einer|von|vom|zwischen|namens)\b)(?!, (?:der|die|das|dessen|deren)\b)(?! (?-i:[A-ZÄÖÜ]\w+ [A-ZÄÖÜ]\w+))(?! ?[\"“„‚»«])"
_GIVES = r"(?:gibt|liefert|stellt|bringt|nennt|beschreibt|erkl[aä]rt|erw[aä]hnt|behauptet|definiert|betont|zeigt|schildert|erz[aä]hlt|berichtet|f[uü]hrt|kritisiert|verteidigt|fordert|empfiehlt|verwendet|sagt|meint|besagt|belegt|legt|macht|schl[aä]gt|zieht|kommt|stimmt|w[uü]rde|will|m[oö]chte|versucht|begr[uü]ndet)"
_READ = r"(?:Text|Textauszug|Lesetext|Auszug|Abschnitt|Artikel|Bericht|Aufsatz|Essay|Lesest[uü]ck|Passage|Studie|Lektion|Untersuchung|Geschichte|Gedicht|Erz[aä]hlung|Kapitel|Dokument)"

# "Only one electron" and "all four limbs" count.
_COUNT = r"(?:\d+|ein(?:e[nrms]?|mal)?|zwei|drei|vier|f[uü]nf|sechs|sieben|acht|neun|zehn|elf|zw[oö]lf|zwanzig|hundert|tausend|halb\w*|die H[aä]lfte)"

GERMAN = wording(
    Patterns(
        source=rf"\b(?:laut|gem[äa]ß|nach|entsprechend|aufgrund|auf (?:der )?(?:Grundlage|Basis)|anhand|basierend auf|im|in|aus)(?: {_THE}){{0,2}} {_TEXT}\b"
        rf"|\b{_THE}(?: {_THE})? {_TEXT} (?:zufolge|nach)\b|\bwie (?:im|in {_THE}) {_TEXT} (?:beschrieben|erw[äa]hnt|dargestellt|angegeben|erkl[äa]rt)\b"
        r"|\b(?:laut|nach (?:Angaben?|Ansicht|Meinung)?) ?(?:des |der |dem )?(?:Autors?|Autorin|Verfassers?|Verfasserin)\b(?! (?:des|der|von)\b)"
        r"|\b(?:gegebenen|obigen|bereitgestellten|vorliegenden|dargestellten) Informationen\b"
        rf"|\b(?:Hauptaussage|Hauptgedanke|Kernaussage|Thema|Titel|Absicht|Botschaft|Ton|Zusammenfassung|Aussage|[UÜ]berschrift)(?: (?:des|dieses|der|dieser|f[uü]r (?:den|diesen|das)))(?: vorliegenden)? (?:{_TEXT}|Autors|Autorin)\b(?! \d)"
        rf"|\b(?:meint|denkt|glaubt|sagt|schreibt|vertritt|behauptet|beabsichtigt|kritisiert|besagt|beschreibt|erkl[äa]rt|nennt|erw[äa]hnt) (?:der|die|das|dieser) (?:{_TEXT}|Autor(?:in)?|Verfasser(?:in)?)\b(?! \d)"
        r"|\b(?:der|die) (?:Autor|Autorin|Verfasser|Verfasserin) (?:meint|denkt|glaubt|schreibt|vertritt|kritisiert|beabsichtigt)\b|\b(?:Meinung|Haltung|Ansicht) (?:des Autors|der Autorin|des Verfassers)\b"
        rf"|\bfasst (?:den|diesen|das) {_TEXT}\b"
        rf"|\b(?:der|die|das) (?:{_TEXT}|Autor(?:in)?|Verfasser(?:in)?) (?:sagt|besagt|beschreibt|erw[äa]hnt|erkl[äa]rt|behauptet|nennt)\b"
        rf"|\b(?:obige[nrsm]?|gezeigte[nrsm]?|folgende[nrm]|nebenstehende[nrsm]?|abgebildete[nrsm]?|dargestellte[nrsm]?|angegebene[nrsm]?|vorliegende[nrsm]?|unten ?stehende[nrsm]?) {_PICTURE}\b|\b{_PICTURE}(?:s|es)? (?:oben|unten|rechts|links)\b"
        rf"|\b(?:in|aus|auf|zu|laut|nach|gem[aä][ßs]+|siehe|von)(?: {_THE})? (?:{_PICTURE}|Abb\.|Tab\.|Anhang|Kasten) \d+|\b(?:{_PICTURE}|Abb\.|Tab\.) \d+ (?:zeigt|stellt|entnehmen|zu entnehmen|dargestellt)"
        rf"|\b(?:zeigt|zeigen|veranschaulicht|illustriert|verdeutlicht|stellt) (?:die|das|diese|dieses) {_PICTURE}(?=\s*(?:[?,.]|dar\b|Ihnen\b|hier\b))|\b(?:Darstellung|Aussagen?|Angaben?|Meinung|Behauptung)\b[^?.]{{0,20}} in (?:der|dieser) Quelle\b"
        rf"|\b(?:im|in (?:der|dem|diesem|dieser)|auf (?:der|dem|diesem|dieser)) {_PICTURE}\b[^?.,]{{0,30}}\b(?:dargestellt|gezeigt|abgebildet|zu sehen|veranschaulicht|markiert)"
        rf"|\b(?:im|in {_THE}) (?:ersten|zweiten|dritten|vierten|letzten|vorletzten) (?:Absatz|Abschnitt|Satz|Kapitel|Strophe)\b"
        rf"|\b(?:in diesem|in dieser|im vorliegenden|in der vorliegenden) (?:{_TEXT}|Einheit|Lektion|Studie|Werk|Buch|Modul|Kurs|Bericht|Untersuchung|Vorlesung)\b"
        rf"|\b(?:dem|der|diesem|dieser) (?:{_TEXT}|Lesest[uü]ck|Lekt[uü]re|Bericht|Studie|Autor|Autorin|Verfasser|Erz[aä]hler|Material|Skript) (?:zufolge|nach|gem[aä][ßs]+)\b"
        r"|\b(?:laut|gem[aä][ßs]+|nach) (?:der |des |dem |den )?(?:Studie|Berichts?|Lekt[uü]re|Lesest[uü]cks?|Erz[aä]hlers?|Sprechers?|Forschern|Unterlagen|Skripts?|Lehrbuchs?|Lehrbuch|Materials?|Inhalts?)\b(?! (?:der|des|von|[uü]ber)\b)"
        r"|\b(?:meint|denkt|glaubt|h[aä]lt|sieht|beurteilt|bewertet|findet|versteht|will|m[oö]chte|empfiehlt) (?:der|die) (?:Autor(?:in)?|Verfasser(?:in)?|Erz[aä]hler(?:in)?|Schreiber(?:in)?)\b|\b(?:Sicht|Einstellung|Position|Standpunkt|Absicht) (?:des|der) (?:Autors|Autorin|Verfassers|Verfasserin|Erz[aä]hlers)\b"
        r"|\b(?:oben|zuvor|vorher|bereits|im Text) (?:genannt|erw[aä]hnt|beschrieben|erkl[aä]rt|aufgef[uü]hrt)\w*|\b(?:Sie|du) (?:soeben |gerade )?gelesen\b"
        rf"|\b(?:der|die|das|dieser|diese|dieses) (?:{_TEXT}|Bericht|Studie) (?:sagt|besagt|beschreibt|erw[aä]hnt|erkl[aä]rt|behauptet|nennt|zeigt|definiert|betont|handelt|stellt|schildert|kritisiert|f[uü]hrt)\b(?! \d)|\b(?:zeigt|definiert|betont|schildert|stellt|f[uü]hrt|behandelt) (?:der|die|das|dieser|diese|dieses) {_TEXT}\b(?! \d)"
        r"|\b(?:gegebenen|genannten|obigen|bereitgestellten|vorliegenden|folgenden) (?:Informationen|Angaben|Ausf[uü]hrungen)\b"
        rf"|\b(?:der|die|dem|den|des|dieser|diese|diesem) (?:Autor(?:in|s)?|Verfasser(?:in|s)?|Erz[aä]hler(?:in|s)?)\b{_UNNAMED}|\b(?:die|der|dieser|diese|unsere) Lektion\b{_UNNAMED}|\b(?:der|dem|des|diesem) (?:Textauszug|Lesetext|Auszug)s?\b{_UNNAMED}"
        rf"|\b{_GIVES} (?:der|die|das|dieser|diese|dieses) {_READ}\b{_UNNAMED}(?! \d)|\b(?:der|die|das|dieser|diese|dieses) {_READ} {_GIVES}\b(?! \d)|\b(?:die|diese) (?:Studie|Untersuchung)(?= \w+\W*\Z|\W*\Z)"
        rf"|\b(?:im|in (?:diesem|dem|der|dieser)) (?:Text|Gedicht|Dialog|Gespr[aä]ch|Interview|Aufsatz|Erz[aä]hlung|Geschichte|Brief|Rede|Skript|Video|Vorlesung|Lektion|Unterricht)\b{_UNNAMED}"
        rf"|\b(?:Sehen Sie sich|Sieh dir|Betrachten Sie|Betrachte|Beachten Sie|Schauen Sie (?:sich|auf)|Nutzen Sie|Verwenden Sie|Untersuchen Sie|Anhand|mithilfe)(?: {_THE}| des| der)? {_PICTURE}s?\b|\bwie (?:oben |zuvor |bereits )?(?:erw[aä]hnt|beschrieben|erkl[aä]rt|gezeigt|dargestellt)(?=\W*[,?])"
        r"|\b(?:im|in (?:diesem|dem|der|dieser)) (?:Material|Quelle|Buch|Bericht|Studie|Lehrbuch) (?:genannt|erw[aä]hnt|beschrieben|angef[uü]hrt|gegeben|dargestellt)|\bam (?:Ende|Anfang|Schluss) der (?:Geschichte|Erz[aä]hlung)\b|\bnach dem Gelesenen\b|\bnach (?:Angaben?|Ansicht|Meinung|der Argumentation|Auffassung|Darstellung) (?:des|der) (?:Autor|Verfasser|Text)\w*"
        rf"|\b(?:der|dem|den|des|das|dieser|diesem|diesen|dieses) (?:Text|Gedicht|Artikel|Aufsatz|Essay|Lesetext)(?:e?s)?\b{_UNNAMED}(?! \d)|\b(?:folgende|diese) {_PICTURE}\b",
        place=r"\b(?:laut|gem[aä][ßs]+|nach|in|im|auf|siehe) (?:Absatz|Seite|Zeilen?) \d+\b(?! (?:von|des|der|Satz|[A-Z]{2,}|Artikel|Nr))",
        provision=rf" (?:von|des) (?:Artikels?|Paragraf\w*|§)|\s*(?:Nr\.?\s*)?(?:\d|(?-i:[IVXLC]+)\b|(?:der|des) {_LAW})",
        others=others(_OTHERS),
        absolute=r"\b(?:immer|nie|niemals|niemand|jeder|jede|jedes|jeden|jedem|alle|allen|aller|kein|keine|keiner|keinen|nur|ausschlie[ßs]+lich|vollst[äa]ndig"
        r"|v[oö]llig|g[äa]nzlich|absolut|unm[oö]glich|ausnahmslos|stets|jedermann)\b",
        relative=r"\balle (?:\w+ ){0,2}(?:Jahre|Monate|Wochen|Tage|Stunden|Minuten|Sekunden|Jahrzehnte|Jahrhunderte)\b|\balle (?:\d+|zwei|drei|vier|f[uü]nf|sechs|sieben|acht|neun|zehn|zw[oö]lf|zwanzig|hundert|tausend|paar) \w+|\bjede[nsr]? (?:\w+te[nsr]? )?(?:Jahr|Tag|Monat|Woche|Stunde|Minute)\w*"
        r"|\bjede[nrms]? (?:zweite|dritte|vierte|f[uü]nfte|sechste|zehnte)[nrms]? \w+"
        r"|\bnicht nur\b|\bvor allem\b|\bunter anderem\b|\ballerdings\b|\bnach wie vor\b|\bKeine Reaktion\b"
        rf"|\b(?:nur|alle|lediglich|ausschlie(?:ß|ss)lich) {_COUNT}\b",
        negative=(
            # "Nicht erneuerbare Energie" names a kind: an adjective with an ending and a noun follow.
            r"\b(?P<word>nicht)\b(?! (?:nur|mehr|zuletzt)\b)(?! (?!ein|di|der|den|dem|des\b|sein|ihr|all|jed|kein|welch|mehr|viel|[uü]ber|unter|ohne|zwischen|neben|gegen)(?-i:[a-zäöüß]+e[nrsm]? \p{Lu}))"
            r"|\b(?P<word>kein(?:e|en|er|es|em)?)\b(?! (?:Reaktion|Antwort)\b)|\b(?P<word>nie|niemals|au[ßs]+er|ausgenommen|ausschlie[ßs]+t|abgesehen von)\b"
            rf"|\b(?:ist|sind|w[aä]re|sei|waren|war)\b[^?.,]{{0,60}}\b(?P<word>{_WRONG})\b(?! (?-i:[a-zäöüß]+e[nrsm]? \p{{Lu}}))|\b(?P<word>{_WRONG}(?:st)?e[nrsm]?) {_OPTION}\b|\b(?:die|der|das) (?P<word>{_WRONG}e)\W*\Z"
            rf"|\b(?P<word>unwahrscheinlichste[nrsm]?|am wenigsten|am unwahrscheinlichsten)\b|\b(?P<word>wenigsten?) {_LEAST}"
            rf"|\b(?:wurde|wird|werden|wurden)\b[^?.]{{0,60}}\b(?P<word>falsch)\b"
            r"|\b(?P<word>bis auf) (?:eine[nsr]?|den|die)\b|\bmit (?P<word>Ausnahme)\b"
            r"|\A\W*(?:welche[rsmn]?|was) (?:der|dieser) (?:folgenden )?(?![^?]{0,200}(?:\b(?:bei|im Satz|L[uü]cke)\b|, (?:wenn|falls|weil)\b))[^?]{0,60}\b(?P<word>fehl(?:t|en|te|ten))\b"
        ),
        clause=r",\s*(?:die|der|das|den|dem|deren|dessen|denen|welche[rsmn]?|wo|wenn|falls|weil|obwohl|obgleich|da|dass|sodass|w[äa]hrend|als|ob|wer|was)\b",
        scene=r"\b(?P<word>alle bis auf|alle au[ßs]+er) eine[nrsm]?\b|\b(?:diejenige|derjenige|dasjenige|Antwort|Aussage|Option|M[oö]glichkeit|Behauptung)[^,]*, (?:die|der|das) (?:\w+ ){0,3}(?P<word>nicht|keine?[nrsm]?)\b|\b(?:folgenden|diese|alle)\b[^.?!]{0,120}?\b(?P<word>bis auf|au[ßs]+er) eine[nrms]?\b",
        not_asked=r"\bwarum\b|\bwieso\b|\bweshalb\b|(?:\A|[,;:])\W*wie\b|\bwas (?:geschieht|passiert|bedeutet)\b",
    )
)
