"""Portuguese."""

from app.generation.wordings.options import OptionWords, others
from app.generation.wordings.table import Patterns, wording

_TEXT = r"(?:textos?|trechos?|passage(?:m|ns)|fragmentos?|par[aá]grafos?|documentos?|artigos?|leituras?|excertos?|cap[ií]tulos?|se[cç][aã]o|sec[cç][aã]o)"
_LAW = r"(?:lei|constitui[cç][aã]o|c[oó]digo|tratado|carta|conven[cç][aã]o)"

_OPTION = (
    r"(?:op[cç](?:[aã]o|[oõ]es)|respostas?|alternativas?|afirma(?:[cç][aã]o|[cç][oõ]es|tivas?)|assertivas?|itens|item|proposi[cç](?:[aã]o|[oõ]es)|enunciados?"
    r"|anterior(?:es)?|precedentes|acima|abaixo|delas|deles|estas|estes|(?:mencionad|citad|indicad|dad|apresentad)[oa]s|restantes|outras|demais|duas|dois)"
)
_RIGHT = r"(?:(?:est[aá]|est[aã]o|s[aã]o|[eé]|podem ser|seriam?) )?(?:tod[oa]s |ambas |igualmente )?(?:in)?(?:corret|correct|verdadeir|cert|v[aá]lid|fals|errad|poss[ií]ve)\w*"
_OTHERS = OptionWords(
    many=r"(?:tod[oa]s?|nenhum[oa]?|nenhuma|amb[oa]s|qualquer|alguma|cada uma|mais de uma|apenas uma|s[oó] uma|as (?:duas|tr[eê]s|quatro)|n[aã]o h[aá])",
    between=r"(?:das?|dos|de|as|os|a|o|estas?|estes|essas?|outras?|outros|demais|seguintes|[eé]|s[aã]o|est[aã]o)",
    option=_OPTION,
    right=_RIGHT,
    ordinal=r"(?:as? |os )?(?:(?:duas|dois|tr[eê]s) (?:primeir|[uú]ltim)[oa]s|(?:primeir|[uú]ltim)[oa]s (?:duas|dois|tr[eê]s)|(?:primeir|segund|[uú]ltim)a e (?:a )?(?:segund|terceir|quart|[uú]ltim)a)",
    joins=r"e|ou|como|quanto|nem|e a",
    before=r"tanto|s[oó]|somente|apenas|unicamente|nem|amb[oa]s|as?|entre",
    after=r"apenas|somente|s[oó]|juntas|simultaneamente",
)
# A word like "false" turns the question round when it stands of a statement or alone; "false news" are a subject.
_WRONG = r"(?:fals[oa]s?|(?:incorret|incorrect|inexat|inadequad|err[oô]ne|errad|inv[aá]lid|impr[oó]pri|equivocad)[oa]s?|improv[aá]ve(?:l|is))"
_ABOUT = (
    r"(?= ?(?:\W*\Z|[,:;.?]|(?:sobre|acerca|respeito|quanto|em rela[cç][aã]o|d[oa]s?|entre|relativ\w+|para|que)\b))"
)
_LEAST = r"(?:prov[aá]vel|apropriad|adequad|importante|relevante|frequente|comum|caracter[ií]stic|corret|eficaz|recomend[aá]vel|indicad|[uú]til)"
_PICTURE = r"(?:diagrama|figura|gr[aá]fico|esquema|tabela|quadro|mapa|imagem|fotografia|foto|ilustra[cç][aã]o|desenho|charge|tirinha)"

# A definite reader's noun without "of whom" or "of what" points to something that lies before the reader.
_UNNAMED = r"(?! (?:d[eoa]s?|que|quem|cuj[oa]|entre|sobre|intitulad[oa]|chamad[oa]|(?-i:[A-Z]))\b)(?! ?[\"“‘«])"
_GIVES = r"(?:dá|dão|oferece|apresenta|traz|prop[oõ]e|exp[oõ]e|diz|afirma|menciona|indica|aponta|descreve|explica|sustenta|sugere|define|destaca|trata|conclui|cita|narra|relata|mostra|defende|critica|ilustra|ressalta|emprega|usa)"
_STORY = r"(?:texto|trecho|fragmento|excerto|conto|relato|poema|di[aá]logo|conversa|entrevista|ensaio|(?-i:carta)|discurso|li[cç][aã]o|aula|leitura|cr[oô]nica)"

# "Only one electron" and "all four limbs" count; "all India" is a stretch of land.
_COUNT = r"(?:\d+|uma?|dois|duas|tr[eê]s|quatro|cinco|seis|sete|oito|nove|dez|onze|doze|vinte|cem|mil|metade|a metade)"

PORTUGUESE = wording(
    Patterns(
        source=r"\b(?:segundo|conforme|de acordo com|com base (?:em|n[oa])|baseado (?:em|n[oa])|a partir d[oa]|n[oa]|nest[ea]|no presente)"
        rf"(?: (?:o|a|os|as|este|esta|um))? (?:seguinte )?{_TEXT}\b(?: (?:acima|anterior|seguinte|dado|lido|apresentado))?"
        rf"|\bcomo (?:mencionado|indicado|descrito|afirmado|explicado) n[oa] {_TEXT}\b"
        r"|\b(?:segundo|para|conforme) [oa] autora?\b(?! d[eoa]\b)"
        r"|\b(?:com base|baseado|de acordo) (?:em|n[oa]s?|com [oa]s?) (?:apostila|notas|anota[cç][oõ]es|material|slides|manual|conte[uú]do)\b(?! (?:d[eoa]s?|sobre)\b)"
        r"|\b(?:as )?informa[cç][oõ]es (?:fornecidas|dadas|apresentadas|acima)\b"
        rf"|\b(?:infer\w+|dedu\w+|conclu\w+|depreend\w+|extra\w+) (?:d[oa]|dest[ea]) {_TEXT}\b(?! \d)"
        rf"|\b(?:ideia|id[eé]ia|tema|t[ií]tulo|prop[oó]sito|finalidade|mensagem|tom|resumo|inten[cç][aã]o|tese)(?: (?:principal|central|geral))? (?:d[oa]|dest[ea]) (?:{_TEXT}|autora?)\b(?! \d)"
        rf"|\b(?:resume|intitula|descreve|caracteriza)(?:m|ria)? (?:melhor )?(?:o|a|este|esta) {_TEXT}\b(?! \d)"
        r"|\b[oa] autora? (?:opina|pensa|cr[eê]|acredita|sugere|defende|sustenta|critica|pretende|usa|se refere|considera|quer dizer)\b|\b(?:atitude|opini[aã]o|posi[cç][aã]o) d[oa] autora?\b"
        r"|\bo (?:texto|trecho|documento|artigo|autor) (?:diz|afirma|menciona|indica|descreve|explica|aponta)\b"
        rf"|\b{_PICTURE}s? (?:acima|abaixo|anterior|anexo|ao lado|a seguir|dad[oa]|apresentad[oa]|mostrad[oa]|seguinte)\b|\b(?:seguinte|presente) {_PICTURE}\b"
        rf"|\b(?:n[oa]|d[oa]|em|de|pel[oa]|segundo [oa]|conforme [oa]|ver) (?:{_PICTURE}|anexo|fig\.) (?:n[.ºo°]* ?)?\d+"
        rf"|\b(?:mostra|representa|ilustra|indica|descreve)m? (?:[oa]|est[ea]) {_PICTURE}(?=\s*[?.,])|\b(?:que|qual|quais)\b[^?.]{{0,40}} (?:[oa]|est[ea]) {_PICTURE} (?:mostra|representa|ilustra|indica|descreve)(?=\s*[?.])"
        rf"|\b(?:mostra|aparece|apresenta|observa|v[eê]|representad[oa]|ilustrad[oa]|mostrad[oa]|indicad[oa])\w* n(?:[oa]|est[ea]) {_PICTURE}\b(?! d)"
        r"|\b(?:n[oa]|d[oa]|ao) (?:primeir[oa]|segund[oa]|terceir[oa]|quart[oa]|[uú]ltim[oa]) (?:par[aá]grafo|trecho|estrofe)\b"
        rf"|\bn(?:este|esta|o presente|a presente) (?:{_TEXT}|unidade|li[cç][aã]o|tema|t[oó]pico|estudo|obra|livro|m[oó]dulo|aula|curso|relat[oó]rio)\b"
        r"|\b(?:pel[oa]|com a|da) leitura\b(?! (?:d[eoa]|em)\b)|\b(?:pelo|do|ao) (?:texto|trecho|fragmento|excerto)\b(?! d[eoa]\b)"
        r"|\b(?:segundo|conforme|para|de acordo com) [oa]s? (?:estudo|relat[oó]rio|escritora?|narradora?|falante|professora?|pesquisadores|apostila|manual|conte[uú]do|material)\b(?! (?:d[eoa]|sobre)\b)"
        r"|\b[oa] (?:escritora?|narradora?|autora?) (?:\w+ )?(?:opina|pensa|cr[eê]|acredita|sugere|defende|sustenta|critica|pretende|considera|afirma|diz)\b|\b(?:opini[aã]o|posi[cç][aã]o|inten[cç][aã]o) d[oa] (?:escritora?|narradora?)\b"
        r"|\b(?:mencionad|descrit|citad|expost|indicad|explicad|abordad)[oa]s? (?:anteriormente|acima|previamente|n[oa] (?:texto|trecho|leitura|cap[ií]tulo|documento|artigo))\b|\bvoc[eê] (?:leu|acabou de ler)\b"
        r"|\b(?:[oa]|este|esta) (?:texto|trecho|passagem|documento|artigo|excerto|relat[oó]rio|estudo|cap[ií]tulo) (?:diz|afirma|menciona|indica|descreve|explica|aponta|sustenta|sugere|apresenta|define|destaca|trata|conclui|cita|defende)\b(?! \d)"
        rf"|\b(?:[oa]|este|esta|d[oa]|pel[oa]|ao|n[oa]) (?:autora?|escritora?|narradora?|cronista|ensa[ií]sta)\b{_UNNAMED}|\b(?:[oa]|est[ea]|nossa|d[oa]|n[oa]) (?:li[cç][aã]o|trecho|excerto)\b{_UNNAMED}"
        rf"|\b(?:n[oa]|d[oa]|pel[oa]|nest[ea]|dest[ea]) {_STORY}\b{_UNNAMED}"
        rf"|\b{_GIVES} (?:[oa]|este|esta) (?:{_TEXT}|estudo|relat[oó]rio|poema|conto|ensaio|carta|li[cç][aã]o)\b{_UNNAMED}(?! \d)|\b(?:[oa]|este|esta) (?:{_TEXT}|estudo|relat[oó]rio|poema|conto|ensaio|li[cç][aã]o) (?:\w+ )?{_GIVES}\b(?! \d)"
        rf"|\b{_GIVES} [oa] (?:autora?|escritora?|narradora?)\b(?! d[eoa]s?\b)"
        rf"|\b(?:observ[ae]|olh[ae]|veja|analis[ae]|consider[ae]|examin[ae]|consult[ae]|us[ae]|utiliz[ae]) (?:[oa]|este|esta) (?:seguinte )?{_PICTURE}\b"
        r"|\bcomo (?:foi )?(?:dito|visto|mencionado|explicado|descrito)(?: acima| anteriormente)?(?=\W*[,?])"
        r"|\b(?:de acordo com|segundo|conforme|a partir d) ?o (?:que foi )?(?:lido|estudado|visto|exposto|leu)\b|\b(?:dad|mencionad|citad|apresentad|descrit|indicad|oferecid)[oa]s? n(?:[oa]|est[ea]) (?:material|fonte|livro|relat[oó]rio|estudo|manual)\b(?! d)"
        rf"|\b(?:o|este|do|ao|no|pelo) (?:texto|poema|relato|conto|ensaio)\b{_UNNAMED}(?! (?:legal|fonte))|\b(?:n|d)este (?:trabalho|artigo|texto|estudo)\b",
        place=r"\b(?:(?:de acordo com|segundo|conforme) o|no) par[aá]grafo \d+\b(?! d[oae])|\b(?:na|nas) (?:linhas?|p[aá]gina) \d+\b(?! d[oae])",
        provision=rf" (?:do artigo|da se[cç][aã]o|do par[aá]grafo)|\s*(?:n\.?[ºo°]?\s*)?(?:\d|(?-i:[IVXLC]+)\b|d[eoa]s? (?:a |o )?{_LAW})",
        others=others(_OTHERS),
        absolute=r"\b(?:sempre|nunca|jamais|ningu[eé]m|tod[oa]s?|nenhum|nenhuma|somente|apenas|s[oó]|unicamente|completamente|totalmente"
        r"|absolutamente|inteiramente|imposs[ií]vel|sem exce[cç][aã]o|invariavelmente|toda a gente)\b",
        relative=r"\bTodos os Santos\b|\btod[oa]s (?:os|as) (?:dias|anos|meses|semanas|horas)\b|\bn[aã]o (?:s[oó]|apenas|somente)\b|\bsobretudo\b"
        rf"|\b(?:s[oó]|somente|apenas|unicamente) {_COUNT}\b|\btod[oa]s (?:os|as) {_COUNT}\b|\btod[oa] [oa] (?-i:\p{{Lu}})",
        negative=(
            # "Não renovável" and "não metálicos" name a kind; the verb after "não" does not end like this.
            r"(?P<word>\bn[aã]o\b)(?! (?:s[oó]|apenas|somente|mais)\b)(?! (?!cuida|nada\b|vale|d[aá]\b)\w+(?:[aáeéií]vel|[aáeéií]veis|[ai]d[oa]s?|[ct]iv[oa]s?|[aeo]ntes?|[aá]lic[oa]s?|ais|al)\b)"
            r"|\b(?P<word>nunca|jamais|nenhuma?|excet[oa]|exceptuando|excetuando|salvo|[aà] exce[cç][aã]o|com exce[cç][aã]o|incorretamente|erroneamente|mal (?:\w+[aiu]d|escrit|feit)[oa]s?)\b"
            rf"|\b(?:[eé]|s[aã]o|seja|sejam|era|est[aá]|est[aã]o|seria) (?:\w+mente )?(?P<word>{_WRONG})\b|\b{_OPTION} (?:mais )?(?P<word>{_WRONG})\b"
            rf"|\b(?:a|o|as|os|qual|uma|um) (?P<word>{_WRONG})\b{_ABOUT}"
            rf"|\bde (?:forma|modo|maneira) (?P<word>{_WRONG})\b"
            r"|\b(?P<word>menos) uma?\b|\b(?P<word>menos)\W*\Z"
            rf"|\b(?P<word>menos) (?:{_LEAST}|rela[cç][aã]o|probabilidade|(?!povoad|pesad|elevad|habitad)\w+(?:ad[oa]s?|id[oa]s?|[ií]vel|[aá]vel)\b)"
            r"|\bde que\b[^?]{0,200}\b(?P<word>carece\w*)|\bqual\b[^?]{0,60}\b(?P<word>carece\w*|exclu[ií]d[oa]s?|ausentes?)\b"
        ),
        clause=r"(?<!\A\W*(?:(?:em|de|a|por|com|para|sob|sobre|desde|at[eé]) )?)(?<!\bo )\bque\b(?! (?:[oó]rg[aã]o|pa[ií]s|enunciado|afirma[cç][aã]o))|\b(?:se|quando|porque|embora|onde|quem|cuj[oa]|enquanto|d[oa] qual|quer)\b",
        scene=r"\b(?P<word>todos menos|todas menos) uma?\b|\b(?:a|aquel[ea]|op[cç][aã]o|alternativa|afirma[cç][aã]o|resposta) que (?P<word>n[aã]o)\b|\b(?:seguintes|estes|estas|todos|todas)\b[^.?!]{0,120}?\b(?P<word>salvo|exceto|menos) uma?\b",
        not_asked=r"\bpor qu[eê]\b|(?:\A|[,;:])\W*como\b|\bo que (?:acontece|ocorre|significa)\b",
    )
)
