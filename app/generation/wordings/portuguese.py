"""Portuguese."""

from app.generation.wordings.table import LETTER as _LETTER
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textos?|trechos?|passage(?:m|ns)|fragmentos?|par[aá]grafos?|documentos?|artigos?|leituras?|excertos?|cap[ií]tulos?|se[cç][aã]o|sec[cç][aã]o)"
_LAW = r"(?:lei|constitui[cç][aã]o|c[oó]digo|tratado|carta|conven[cç][aã]o)"

PORTUGUESE = wording(
    Patterns(
        source=r"\b(?:segundo|conforme|de acordo com|com base (?:em|n[oa])|baseado (?:em|n[oa])|a partir d[oa]|n[oa]|nest[ea]|no presente)"
        rf"(?: (?:o|a|os|as|este|esta|um))? (?:seguinte )?{_TEXT}\b(?: (?:acima|anterior|seguinte|dado|lido|apresentado))?"
        rf"|\bcomo (?:mencionado|indicado|descrito|afirmado|explicado) n[oa] {_TEXT}\b"
        r"|\b(?:segundo|para|conforme) [oa] autora?\b(?! d[eoa]\b)"
        r"|\b(?:as )?informa[cç][oõ]es (?:fornecidas|dadas|apresentadas|acima)\b"
        rf"|\b(?:infer\w+|dedu\w+|conclu\w+|depreend\w+|extra\w+) (?:d[oa]|dest[ea]) {_TEXT}\b(?! \d)"
        rf"|\b(?:ideia|id[eé]ia|tema|t[ií]tulo|prop[oó]sito|finalidade|mensagem|tom|resumo|inten[cç][aã]o|tese)(?: (?:principal|central|geral))? (?:d[oa]|dest[ea]) (?:{_TEXT}|autora?)\b(?! \d)"
        rf"|\b(?:resume|intitula|descreve|caracteriza)(?:m|ria)? (?:melhor )?(?:o|a|este|esta) {_TEXT}\b(?! \d)"
        r"|\b[oa] autora? (?:opina|pensa|cr[eê]|acredita|sugere|defende|sustenta|critica|pretende|usa|se refere|considera|quer dizer)\b|\b(?:atitude|opini[aã]o|posi[cç][aã]o) d[oa] autora?\b"
        r"|\bo (?:texto|trecho|documento|artigo|autor) (?:diz|afirma|menciona|indica|descreve|explica|aponta)\b",
        provision=rf"\s*(?:n\.?[ºo°]?\s*)?(?:\d|(?-i:[IVXLC]+)\b|d[eoa]s? (?:a |o )?{_LAW})",
        others=r"\A(?:todas?|todos|nenhum|nenhuma|ambas?|ambos|qualquer)(?: (?:as|os|das|dos|de|estas?|estes|est[aá]|est[aã]o|s[aã]o|[eé]))*"
        r"(?: outras?| outros)?(?: (?:op[cç][oõ]es|op[cç][aã]o|respostas?|alternativas?|afirma[cç][oõ]es))?(?: (?:est[aã]o|s[aã]o|est[aá]|[eé]))?"
        r"(?: (?:anterior(?:es)?|acima|corret[oa]s?|verdadeir[oa]s?|incorret[oa]s?|fals[oa]s?))\W*\Z"
        r"|\A(?:nenhuma|todas) (?:d?as) (?:outras )?(?:alternativas|op[cç][oõ]es|respostas)\W*\Z"
        rf"|\A(?:tanto |s[oó] |somente |apenas |nem )?\(?(?:{_LETTER})\)?(?:,? (?:e|ou|quanto|como|nem) \(?(?:{_LETTER})\)?)+(?: (?:apenas|somente))?\W*\Z",
        absolute=r"\b(?:sempre|nunca|jamais|ningu[eé]m|tod[oa]s?|nenhum|nenhuma|somente|apenas|s[oó]|unicamente|completamente|totalmente"
        r"|absolutamente|inteiramente|imposs[ií]vel|sem exce[cç][aã]o|invariavelmente|toda a gente)\b",
        relative=r"\bTodos os Santos\b|\btod[oa]s (?:os|as) (?:dias|anos|meses|semanas|horas)\b|\bn[aã]o (?:s[oó]|apenas|somente)\b|\bsobretudo\b",
        negative=r"(?P<word>\bn[aã]o\b)(?! (?:s[oó]|apenas|somente|mais))|\b(?P<word>nunca|jamais|nenhuma?|excet[oa]|exceto|salvo|fals[oa]s?|incorret[oa]s?"
        r"|inexat[oa]s?|err[oô]ne[oa]s?|errad[oa]s?|incorretamente|mal (?:associad|relacionad)[oa]s?|exce[cç][aã]o)\b|\bmenos uma?\b|\b(?P<word>menos)\W*\Z",
        clause=r"(?<!\A\W*)(?<!\bo )\bque\b(?! (?:[oó]rg[aã]o|pa[ií]s|enunciado|afirma[cç][aã]o))|\b(?:se|quando|porque|embora|onde|quem|cuj[oa]|enquanto|d[oa] qual|quer)\b",
        scene=r"\b(?:seguintes|estes|estas|todos|todas)\b[^.?!]{0,120}?\b(?P<word>salvo|exceto|menos) uma?\b",
        not_asked=r"\bpor qu[eê]\b|\bcomo\b|\bo que (?:acontece|ocorre|significa)\b",
    )
)
