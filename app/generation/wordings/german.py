"""German."""

from app.generation.wordings.table import LETTER as _LETTER
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:Text(?:e|es|s|en)?|Textauszugs?|Passagen?|Abschnitt(?:s|es|en|e)?|Auszug(?:s|es)?|Artikels?|Dokument(?:s|es)?|Absatz(?:es)?|Lesetext(?:es)?|Kapitels?)"
_THE = r"(?:der|die|das|dem|den|des|diesem|dieser|dieses|diesen|obigen|obige|vorliegenden|gegebenen|vorstehenden|folgenden)"
_LAW = r"(?:Gesetz\w*|Verfassung|Grundgesetz\w*|\w*gesetzbuch\w*|Vertrag\w*|Charta|Konvention|StGB|BGB|GG)"

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
        rf"|\b(?:der|die|das) (?:{_TEXT}|Autor(?:in)?|Verfasser(?:in)?) (?:sagt|besagt|beschreibt|erw[äa]hnt|erkl[äa]rt|behauptet|nennt)\b",
        provision=rf"\s*(?:Nr\.?\s*)?(?:\d|(?-i:[IVXLC]+)\b|(?:der|des) {_LAW})",
        others=r"\A(?:alle|keine?r?s?|beides?|jede)(?: (?:der|die|dieser|diese|davon|oben|anderen|[uü]brigen|obigen))*"
        r"(?: (?:genannten|Antworten|Antwort|M[oö]glichkeiten|Optionen|Aussagen|Alternativen|obigen|genannte))*(?: (?:sind|ist|treffen|trifft))?"
        r"(?: (?:richtig|falsch|korrekt|zutreffend|wahr|zu|genannten))?\W*\Z(?<=(?:davon|genannten|Antworten?|M[oö]glichkeiten|Optionen|Aussagen|Alternativen|richtig|falsch|korrekt|zutreffend|zu|obigen)\W*)"
        rf"|\A(?:sowohl |nur |weder |entweder )?\(?(?:{_LETTER})\)?(?:,? (?:und|oder|als auch|noch|sowie) \(?(?:{_LETTER})\)?)+\W*\Z",
        absolute=r"\b(?:immer|nie|niemals|niemand|jeder|jede|jedes|jeden|jedem|alle|allen|aller|kein|keine|keiner|keinen|nur|ausschlie[ßs]+lich|vollst[äa]ndig"
        r"|v[oö]llig|g[äa]nzlich|absolut|unm[oö]glich|ausnahmslos|stets|jedermann)\b",
        relative=r"\balle (?:\d+|zwei|drei|vier|f[uü]nf|sechs|sieben|acht|neun|zehn|zw[oö]lf|zwanzig|hundert|tausend|paar) \w+|\bjede[nsr]? (?:\w+te[nsr]? )?(?:Jahr|Tag|Monat|Woche|Stunde|Minute)\w*"
        r"|\bnicht nur\b|\bvor allem\b|\bunter anderem\b|\ballerdings\b|\bnach wie vor\b|\bKeine Reaktion\b",
        negative=r"\b(?P<word>nicht)\b(?! (?:nur|mehr|zuletzt))|\b(?P<word>kein(?:e|en|er|es|em)?)\b|\b(?P<word>nie|niemals|au[ßs]+er|ausgenommen|falsche?[nrs]?|unrichtige?[nrs]?|unzutreffende?[nrs]?|unwahr)\b"
        r"|\b(?P<word>bis auf) (?:eine[nsr]?|den|die)\b|\bmit (?P<word>Ausnahme)\b",
        clause=r",\s*(?:die|der|das|den|dem|deren|dessen|denen|welche[rsmn]?|wo|wenn|falls|weil|obwohl|obgleich|da|dass|sodass|w[äa]hrend|als|ob|wer|was)\b",
        scene=r"\b(?:folgenden|diese|alle)\b[^.?!]{0,120}?\b(?P<word>bis auf|au[ßs]+er) eine[nrms]?\b",
        not_asked=r"\bwarum\b|\bwieso\b|\bweshalb\b|\bA?wie\b|\bwas (?:geschieht|passiert|bedeutet)\b",
    )
)
