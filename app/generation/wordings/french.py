"""French."""

from app.generation.wordings.table import LETTER as _LETTER
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textes?|passages?|extraits?|paragraphes?|documents?|articles?|lectures?|chapitres?|sections?)"
_LAW = r"(?:loi|constitution|code|trait[eé]|charte|convention)"

FRENCH = wording(
    Patterns(
        source=r"\b(?:selon|d['’]apr[eè]s|conform[eé]ment [aà]|en vous appuyant sur|sur la base d[eu]|[aà] partir d[eu]|dans|au vu d[eu]|bas[eé] sur)"
        rf" (?:le |la |les |l['’]|ce |cet |cette |un |une )?(?:pr[eé]sent )?{_TEXT}\b(?: (?:ci-dessus|suivant|pr[eé]c[eé]dent|donn[eé]|lu))?"
        rf"|\bcomme (?:indiqu[eé]|mentionn[eé]|d[eé]crit|expliqu[eé]|[eé]nonc[eé]) dans (?:le |la |l['’]|ce |cet |cette ){_TEXT}\b"
        r"|\b(?:selon|d['’]apr[eè]s|pour) l['’]auteure?\b(?! d)"
        r"|\b(?:les )?informations (?:fournies|donn[eé]es|pr[eé]sent[eé]es|ci-dessus)\b"
        rf"|\b(?:d[eé]dui\w+|inf[eé]r\w+|conclu\w+|tir\w+) (?:du |de ce |de cet |de cette |de l['’]|de la ){_TEXT}\b(?! \d)"
        rf"|\b(?:id[eé]e|th[eè]me|titre|but|message|ton|r[eé]sum[eé]|intention|th[eè]se)(?: (?:principale?|centrale?|g[eé]n[eé]rale?))? (?:du |de ce |de cet |de cette |de l['’]|de la )(?:{_TEXT}|auteure?)\b(?! \d)"
        rf"|\b(?:r[eé]sume|d[eé]crit|caract[eé]rise|convient)(?: le mieux)?(?: [aà])? (?:le |la |ce |cet |cette |l['’]|au ){_TEXT}\b(?! \d)"
        r"|\b(?:pense|croit|sugg[eè]re|veut dire|d[eé]fend|soutient|affirme|critique|cherche) l['’]auteure?\b|\bl['’]auteure? (?:pense|croit|sugg[eè]re|d[eé]fend|soutient|critique|cherche|veut)\b|\b(?:attitude|opinion|avis) de l['’]auteure?\b"
        r"|\b(?:dit|affirme|mentionne|indique|d[eé]crit|explique) (?:le texte|le passage|l['’]extrait|le document|l['’]article)\b"
        r"|\b(?:le texte|le passage|l['’]extrait|le document|l['’]article|l['’]auteure?) (?:dit|affirme|mentionne|indique|d[eé]crit|explique|pr[eé]cise)\b",
        provision=rf"\s*(?:n[o°º]\.?\s*)?(?:\d|(?-i:[IVXLC]+)\b|premier|d[eu](?: la | l['’])? ?{_LAW}|d[eu] l['’]article)",
        others=r"\A(?:toutes?|tous|aucune?|chacune?)(?: (?:ces|les|de ces|des|de|ne|n['’]est|sont|est))*(?: autres)?"
        r"(?: (?:r[eé]ponses?|propositions?|options?|choix|affirmations))?(?: (?:sont|est|n['’]est))?"
        r"(?: (?:ci-dessus|pr[eé]c[eé]dentes?|correctes?|exactes?|justes?|vraies?|fausses?))\W*\Z"
        r"|\A(?:toutes?|tous|aucune?) (?:de )?(?:ces|ceux-ci|celles-ci)(?: (?:r[eé]ponses?|propositions?|options?|choix))?\W*\Z"
        r"|\A(?:tout|rien) (?:de )?ce qui pr[eé]c[eè]de\W*\Z|\Ales (?:deux|trois) (?:premi[eè]res|derni[eè]res)? ?(?:r[eé]ponses|propositions)\W*\Z"
        r"|\Aaucune (?:des )?(?:autres? )?(?:r[eé]ponses?|propositions?)(?: \w+)?\W*\Z"
        rf"|\A(?:[aà] la fois |seulement |uniquement |ni )?\(?(?:{_LETTER})\)?(?:,? (?:et|ou|ni) \(?(?:{_LETTER})\)?)+(?: (?:seulement|uniquement))?\W*\Z",
        absolute=r"\b(?:toujours|jamais|personne|tous|toutes?|aucune?|seule?s?|seulement|uniquement|chaque|compl[eè]tement|totalement"
        r"|absolument|enti[eè]rement|impossible|sans exception|invariablement|tout le monde)\b",
        relative=r"\b(?:tous|toutes) les (?:\w+ )?(?:\d+|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt|cent|mille) \w+|\b(?:tous|toutes) les (?:ans|jours|mois|semaines|heures)\b"
        r"|\bchaque (?:ann[eé]e|jour|mois|semaine|heure|fois)\b|\bnon seulement\b|\btoutefois\b|\btous les cent\b",
        negative=r"\b(?:n['’]|ne )(?:\w+['’])?[\w-]+(?:-t-\w+)? (?:\w+ )?(?P<word>pas|jamais|plus|aucune?|gu[eè]re)\b|\b(?P<word>sauf|except[eé]|hormis|hors)\b"
        r"|\b(?P<word>fausses?|faux|incorrecte?s?|inexacte?s?|erron[eé]e?s?|incorrectement|mal associ[eé]e?s?)\b|\b[aà] (?P<word>l['’]exception)\b",
        clause=r"\b(?:qui|que|dont|o[uù]|lorsqu\w*|quand|si|parce|puisqu\w*|bien qu\w*|quoiqu\w*|tandis)\b(?<!\A\W*\w+)|\b(?:qu)['’](?!est)",
        scene=r"\b(?:suivant\w*|ces|tous|toutes)\b[^.?!]{0,120}?\b(?P<word>sauf|except[eé]|hormis) une?\b",
        not_asked=r"\bpourquoi\b|\bcomment\b|\bque (?:se passe|signifie|devient)\b|\bqu['’]arrive\b",
    )
)
