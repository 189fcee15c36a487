"""French."""

from app.generation.wordings.options import OptionWords, others
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textes?|passages?|extraits?|paragraphes?|documents?|articles?|lectures?|chapitres?|sections?)"
_LAW = r"(?:loi|constitution|code|trait[eé]|charte|convention)"

_OPTION = (
    r"(?:r[eé]ponses?|propositions?|options?|choix|affirmations?|[eé]nonc[eé]s?|assertions?|items?|solutions?"
    r"|ci-dessus|pr[eé]c[eé]dente?s?|ce qui pr[eé]c[eè]de|ceux-ci|celles-ci|d['’]entre (?:eux|elles)|propos[eé]e?s|(?:mentionn|cit|list|indiqu)[eé]e?s|autres?|deux)"
)
_RIGHT = r"(?:(?:n['’]?\s?)?(?:est|sont|serait|peuvent [eê]tre) )?(?:toutes |[eé]galement )?(?:correcte|incorrecte|exacte|inexacte|juste|vraie|vrai|fausse|faux|bonne|valable|possible|valide)s?"
_OTHERS = OptionWords(
    many=r"(?:toute?s?|tous|aucune?|chacune?|n['’]importe laquelle|plusieurs|plus d['’]une|une seule|les (?:deux|trois|quatre)|l['’]une ou l['’]autre|rien|il n['’]y a pas|pas)",
    between=r"(?:de|des|du|d['’]|ces|les|la|le|autres?|ne|n['’]est|sont|est|suivantes?|bonne)",
    option=_OPTION,
    right=_RIGHT,
    ordinal=r"(?:les )?(?:(?:deux|trois) (?:premi[eè]re?s|derni[eè]re?s)|(?:premi[eè]re?s|derni[eè]re?s) (?:deux|trois)|premi[eè]re et (?:la )?(?:deuxi[eè]me|derni[eè]re|troisi[eè]me))",
    joins=r"et|ou|ni|et la",
    before=r"[aà] la fois|seulement|uniquement|seule?s?|ni|les|la|soit|entre",
    after=r"seulement|uniquement|seules?|ensemble",
)
# A word like "false" turns the question round when it stands of a statement or alone; "false news" are a subject.
_WRONG = r"(?:fausses?|faux|incorrecte?s?|inexacte?s?|erron[eé]e?s?|invalides?|inappropri[eé]e?s?|inadapt[eé]e?s?|improbables?)"
_ABOUT = (
    r"(?= ?(?:\W*\Z|[,:;.?]|(?:sur|concernant|au sujet|[aà] propos|relative?\w*|parmi|des|pour|quant|en ce qui)\b))"
)
_LEAST = r"(?:probable|appropri[eé]|adapt[eé]|important|pertinent|fr[eé]quent|caract[eé]ristique|correct|efficace|recommand|utile|susceptible|plausible|vraisemblable)"
_PICTURE = (
    r"(?:sch[eé]ma|figure|graphique|diagramme|tableau|carte|image|photo(?:graphie)?|illustration|dessin|document)"
)

# A definite reader's noun without "of whom" or "of what" points to something that lies before the reader.
_UNNAMED = r"(?! (?:d[eu]s?|d['’]\w+|qui|que|dont|entre|sur|intitul[eé]e?|nomm[eé]e?|[aà]|(?-i:[A-Z]))\b)(?! d['’])(?! ?[\"“‘«])"
_GIVES = r"(?:donne|offre|pr[eé]sente|apporte|propose|expose|dit|affirme|mentionne|indique|d[eé]crit|explique|soutient|sugg[eè]re|d[eé]finit|souligne|traite|conclut|cite|raconte|montre|d[eé]fend|critique|illustre|emploie|utilise|fournit|[eé]voque)"
_STORY = (
    r"(?:texte|extrait|r[eé]cit|conte|po[eè]me|dialogue|entretien|essai|discours|le[cç]on|lettre|conversation|nouvelle)"
)

# "Only one electron" and "all four limbs" count; "all India" is a stretch of land.
_COUNT = r"(?:\d+|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|vingt|cent|mille|la moiti[eé]|une fois)"

FRENCH = wording(
    Patterns(
        source=r"\b(?:selon|d['’]apr[eè]s|conform[eé]ment [aà]|en vous appuyant sur|sur la base d[eu]|[aà] partir d[eu]|dans|au vu d[eu]|bas[eé] sur)"
        rf" (?:le |la |les |l['’]|ce |cet |cette |un |une )?(?:pr[eé]sent )?{_TEXT}\b(?: (?:ci-dessus|suivant|pr[eé]c[eé]dent|donn[eé]|lu))?"
        r"|\b(?:en vous appuyant sur|[aà] l['’]aide d[eu]|[aà] partir d[eu]|d['’]apr[eè]s|selon) ?(?:le |la |les |vos |votre |ce |cette |ces )?(?:cours|notes|manuel|polycopi[eé]|support|fiche)s?\b(?! (?:d[eu]s?|d['’]\w+|sur)\b)(?! d['’])(?! (?-i:[A-Z]))"
        rf"|\bcomme (?:indiqu[eé]|mentionn[eé]|d[eé]crit|expliqu[eé]|[eé]nonc[eé]) dans (?:le |la |l['’]|ce |cet |cette ){_TEXT}\b"
        r"|\b(?:selon|d['’]apr[eè]s|pour) l['’]auteure?\b(?! d)"
        r"|\b(?:les )?informations (?:fournies|donn[eé]es|pr[eé]sent[eé]es|ci-dessus)\b"
        rf"|\b(?:d[eé]dui\w+|inf[eé]r\w+|conclu\w+|tir\w+) (?:du |de ce |de cet |de cette |de l['’]|de la ){_TEXT}\b(?! \d)"
        rf"|\b(?:id[eé]e|th[eè]me|titre|but|message|ton|r[eé]sum[eé]|intention|th[eè]se)(?: (?:principale?|centrale?|g[eé]n[eé]rale?))? (?:du |de ce |de cet |de cette |de l['’]|de la )(?:{_TEXT}|auteure?)\b(?! \d)"
        rf"|\b(?:r[eé]sume|d[eé]crit|caract[eé]rise|convient)(?: le mieux)?(?: [aà])? (?:le |la |ce |cet |cette |l['’]|au ){_TEXT}\b(?! \d)"
        r"|\b(?:pense|croit|sugg[eè]re|veut dire|d[eé]fend|soutient|affirme|critique|cherche) l['’]auteure?\b|\bl['’]auteure? (?:pense|croit|sugg[eè]re|d[eé]fend|soutient|critique|cherche|veut)\b|\b(?:attitude|opinion|avis) de l['’]auteure?\b"
        r"|\b(?:dit|affirme|mentionne|indique|d[eé]crit|explique) (?:le texte|le passage|l['’]extrait|le document|l['’]article)\b"
        r"|\b(?:le texte|le passage|l['’]extrait|le document|l['’]article|l['’]auteure?) (?:dit|affirme|mentionne|indique|d[eé]crit|explique|pr[eé]cise)\b"
        rf"|\b{_PICTURE}s? (?:ci-dessus|ci-dessous|ci-contre|ci-apr[eè]s|suivante?|pr[eé]c[eé]dente?|fournie?|donn[eé]e?|pr[eé]sent[eé]e?|montr[eé]e?)\b"
        rf"|\b(?:dans|sur|de|du|selon|d['’]apr[eè]s|voir|[aà])(?: (?:la |le |l['’])?| l['’])(?:{_PICTURE}|annexe|encadr[eé]|fig\.) (?:n[°o.]* ?)?\d+"
        rf"|\b(?:montre|repr[eé]sente|illustre|indique|d[eé]crit)(?:nt)? (?:le |la |l['’]|ce |cette |cet ){_PICTURE}(?=\s*[?.,])|\b(?:le |la |l['’]|ce |cette |cet ){_PICTURE} (?:montre|repr[eé]sente|illustre|indique|d[eé]crit)-t-(?:il|elle|on)\b|\b(?:voit|voyez|voyons|observe|trouve)(?:-(?:on|vous|nous))? (?:sur|dans) (?:le |la |l['’]|ce |cette |cet ){_PICTURE}(?=\s*[?.,])"
        rf"|\b(?:montr|repr[eé]sent|illustr|apparai|pr[eé]sent|observ)\w* (?:sur|dans) (?:le |la |l['’]|ce |cette |cet ){_PICTURE}\b(?! d)"
        r"|\b(?:dans|du|de|au|[aà])(?: (?:le|la))? (?:premi[eè]re?|deuxi[eè]me|second|troisi[eè]me|quatri[eè]me|derni[eè]re?) (?:paragraphe|strophe|extrait)\b"
        rf"|\bdans (?:ce|cet|cette|le pr[eé]sent|la pr[eé]sente) (?:{_TEXT}|unit[eé]|le[cç]on|th[eè]me|[eé]tude|ouvrage|livre|module|cours|rapport|partie)\b"
        r"|\b(?:selon|d['’]apr[eè]s) (?:votre |la |le |les |l['’])(?:lecture|[eé]tude|rapport|[eé]crivaine?|narrat\w+|professeure?|locut\w+|chercheurs|cours|manuel|contenu|le[cç]on)\b(?! (?:de|du|des|sur|d['’])\b)"
        r"|\b(?:pense|croit|sugg[eè]re|veut dire|d[eé]fend|soutient|affirme|critique|cherche|estime) (?:le narrateur|la narratrice|l['’][eé]crivaine?)\b|\b(?:pense|croit|estime|dit|affirme|veut)(?:-t-il)? l['’]auteure?\b|\bl['’]auteure? (?:\w+[ -])?(?:pense|estime|veut|dit|croit)\b"
        r"|\b(?:mentionn|d[eé]crit|cit|expos|indiqu|expliqu|[eé]voqu)[eé]?e?s? (?:plus haut|ci-dessus|pr[eé]c[eé]demment|auparavant|dans (?:le |la |l['’]|ce |cette )(?:texte|passage|extrait|chapitre|document|article))\b|\bvous (?:avez|venez de) l(?:u|ire)\b"
        r"|\b(?:le|ce|cet|l['’]|la|cette) ?(?:texte|passage|extrait|document|article|rapport|[eé]tude|chapitre) (?:dit|affirme|mentionne|indique|d[eé]crit|explique|soutient|sugg[eè]re|pr[eé]sente|d[eé]finit|souligne|traite|conclut|cite|montre)\b(?! \d)"
        rf"|\b(?:l['’]|cet |cette |un[e]? ?)?(?<=l['’]|cet |cette )(?:auteure?|autrice|[eé]crivaine?|essayiste)\b{_UNNAMED}|\b(?:le narrateur|la narratrice)\b{_UNNAMED}|\b(?:la|cette|notre) le[cç]on\b{_UNNAMED}|\b(?:l['’]|cet )extrait\b{_UNNAMED}"
        rf"|\b(?:dans|par|de|selon|apr[eè]s)? ?(?:dans le|dans la|dans l['’]|dans ce|dans cette|dans cet|du|de ce|de cette|de cet|par le|par ce) ?{_STORY}\b{_UNNAMED}|\bdans la lecture\b{_UNNAMED}"
        rf"|\b(?:le|ce|cet|l['’]|la|cette) ?(?:texte|passage|extrait|document|article|rapport|[eé]tude|chapitre|r[eé]cit|po[eè]me|essai|le[cç]on) (?:\w+[ -])?{_GIVES}\b(?! \d)|\b{_GIVES} (?:le|ce|cet|l['’]|la|cette) ?(?:texte|passage|extrait|article|rapport|[eé]tude|chapitre|r[eé]cit|po[eè]me|essai|le[cç]on)\b{_UNNAMED}(?! \d)"
        rf"|\b(?:cet|cette|l['’]) ?[eé]tude (?:\w+[ -])?\w+-t-elle\b|\b(?:observ|regard|analys|consid[eé]r|examin|consult|utilis|[eé]tudi)(?:ez|e|ons) (?:le|la|l['’]|ce|cette|cet) ?{_PICTURE}\b|\b(?:voyez|voir) (?:le|la|l['’]) ?{_PICTURE}\b"
        r"|\bcomme (?:vu|indiqu[eé]|mentionn[eé]|dit|expliqu[eé])(?: plus haut| ci-dessus| pr[eé]c[eé]demment)?(?=\W*[,?])"
        r"|\b(?:d['’]apr[eè]s|selon|[aà] partir de) (?:ce que vous avez|ce qui a [eé]t[eé]|votre) (?:lu|[eé]tudi[eé]|vu|lecture)\b|\b(?:donn|mentionn|cit|pr[eé]sent|d[eé]cri|indiqu|fourni)\w* dans (?:le|la|ce|cette) (?:mat[eé]riel|source|livre|rapport|[eé]tude|manuel|document)\b(?! d)"
        rf"|\b(?:le|ce|du|au) (?:texte|po[eè]me|r[eé]cit|conte)\b{_UNNAMED}(?! (?:brut|source|l[eé]gal))|\b(?:dans|selon|de) (?:cet|ce) (?:article|travail|texte|essai)\b(?! \d)",
        place=r"\b(?:(?:selon|d['’]apr[eè]s|dans) le|au) paragraphe \d+\b(?! d)|\b(?:[aà] la|aux) (?:lignes?|page) \d+\b(?! d)",
        provision=rf" (?:de l['’]article|de la section|de l['’]alin[eé]a)|\s*(?:n[o°º]\.?\s*)?(?:\d|(?-i:[IVXLC]+)\b|premier|d[eu](?: la | l['’])? ?{_LAW}|d[eu] l['’]article)",
        others=others(_OTHERS),
        absolute=r"\b(?:toujours|jamais|personne|tous|toutes?|aucune?|seule?s?|seulement|uniquement|chaque|compl[eè]tement|totalement"
        r"|absolument|enti[eè]rement|impossible|sans exception|invariablement|tout le monde)\b",
        relative=r"\b(?:tous|toutes) les (?:\w+ )?(?:\d+|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|vingt|cent|mille) \w+|\b(?:tous|toutes) les (?:[\w-]+ ){0,2}(?:ans|ann[eé]es|jours|mois|semaines|heures|minutes|secondes|si[eè]cles|fois)\b"
        r"|\bchaque (?:ann[eé]e|jour|mois|semaine|heure|fois)\b|\bnon seulement\b|\btoutefois\b|\btous les cent\b"
        rf"|\b(?:seulement|uniquement|tou(?:s|tes) les) {_COUNT}\b|\b(?:une?) seule?\b|\btoute?s? (?:le |la |l['’])(?-i:\p{{Lu}})",
        negative=(
            r"\b(?:n['’]|ne )(?:\w+['’])?[\w-]+(?:-t-\w+)? (?:\w+ )?(?P<word>pas|jamais|plus|aucune?|gu[eè]re|rien|point)\b"
            # "Ne peut être" needs no second word.
            r"|\b(?P<word>ne) (?:peu(?:t|vent)|saurai(?:t|ent)|doi(?:t|vent)) (?!que\b)(?:\w+ )?\w+"
            r"|\b(?P<word>sauf|except[eé]e?s?|hormis|hors|exceptant|mis [aà] part|incorrectement|mal \w+(?:[eé]e?s?|is?|ies?|crite?s?)\b)\b|\b[aà] (?P<word>l['’]exception)\b"
            rf"|\b(?:est|sont|soit|soient|[eé]tait|serait|para[iî]t)(?:-elles?|-ils?)? (?:\w+ment )?(?P<word>{_WRONG})\b|\b{_OPTION} (?:la plus )?(?P<word>{_WRONG})\b"
            rf"|\b(?:le|la|les|l['’]|celle|laquelle|une?) ?(?P<word>{_WRONG})\b{_ABOUT}"
            rf"|\bde (?:fa[cç]on|mani[eè]re) (?P<word>{_WRONG})\b|\b(?:le|la|les) (?P<word>moins) (?:{_LEAST}|(?!peupl[eé]|[eé]lev[eé]|abondant|r[eé]acti)\w+(?:[eé]e?s?|ies?|i|ible|able)s?\b(?<!dense))"
            r"|\b(?:de quelle?s?|de quoi|duquel|de laquelle)\b[^?]{0,200}\b(?P<word>d[eé]pourvue?s?|priv[eé]e?s?|manque\w*)\b|\b(?:lequel|laquelle|quelle?s?)\b[^?]{0,60}\b(?P<word>exclue?s?|absente?s?|fait d[eé]faut|d[eé]pourvue?s?)\b"
        ),
        clause=r"\A\W*(?:si|quand|lorsqu\w*)\b|\b(?:qui|que|dont|o[uù]|lorsqu\w*|quand|si|parce|puisqu\w*|bien qu\w*|quoiqu\w*|tandis)\b(?<!\A\W*\w+)|\b(?:qu)['’](?!est)",
        scene=r"\b(?:celui|celle|ceux|celles|affirmation|proposition|r[eé]ponse|option|[eé]nonc[eé]|choix|phrase) qui (?:n['’]|ne )\w+ (?P<word>pas|jamais|aucune?)\b|\b(?:suivant\w*|ces|tous|toutes)\b[^.?!]{0,120}?\b(?P<word>sauf|except[eé]|hormis) une?\b",
        not_asked=r"\bpourquoi\b|\bcomment\b|\bque (?:se passe|signifie|devient)\b|\bqu['’]arrive\b",
    )
)
