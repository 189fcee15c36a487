"""English."""

from app.generation.wordings.table import Patterns, wording

_A_TEXT = (
    r"(?:(?:reading )?(?:passages?|excerpts?|articles?|paragraphs?|documents?(?! object)"
    r"|texts?(?! (?:editor|fields?|box|files?|messages?|format))))"
)
_A_SOURCE = (
    rf"(?:{_A_TEXT}|extracts?|chapters?|sections?|pages?|authors?|readings?|sources?|materials?|slides?|handouts?"
    r"|lectures?|lessons?|textbooks?)"
)
_THE = r"(?:(?:the|this|that|these|above|given|provided|following|preceding) )"
_POINTING = r"(?:according to|based (?:up)?on|as per|per)"
# "From the source" is electronics and "in the section" anatomy: the looser the pointing, the fewer the nouns.
_SOURCE = (
    rf"\b(?:according to|based (?:up)?on) (?:{_THE}+{_A_SOURCE}|{_A_TEXT})\b"
    rf"|\bas (?:stated|described|mentioned|discussed|explained|shown|noted|given) (?:in|by) {_THE}*{_A_SOURCE}\b"
    rf"|\b(?:per|given|considering|in (?:the )?light of|referring to|with reference to) {_THE}+"
    rf"(?:{_A_TEXT}|extracts?)\b"
    rf"|\b(?:in|from|of|by|using) (?:the|this)(?: \w+)? {_A_TEXT}\b"
    r"|\b(?:in|of) (?:the|this)(?: \w+)? chapter\b|\bin this section\b|\bby the author\b(?! of)"
    rf"|\b(?:{_POINTING}|given|using|from) {_THE}+information"
    r"(?: (?:given|provided|presented|shown)\b(?! (?:by|to))| above\b|(?=\W*[,.?:;]|\W*\Z))"
    r"|\bthe (?:passage|text|document|excerpt|extract|article|author)s? (?:says?|states?|mentions?|describes?|explains?"
    r"|suggests?|claims?|argues?|implies|notes?)\b|\b(?:mentioned|described|stated|given) above\b"
)

_HOW_MANY = r"(?:all|none|both|any|neither|either|each|some|most|one|two|three|several|more than one)"
_OPTIONS = r"(?:options?|answers?|choices?|alternatives?)"
_RIGHT = (
    r"(?: (?:(?:are|is|can be|could be|would be) (?:all |both |equally |also )?"
    r"(?:correct|right|true|wrong|incorrect|false|untrue|possible|valid)|appl(?:y|ies)))"
)
# One case throughout: "A and a" are alleles.
_LETTERS = "|".join(
    rf"\(?(?-i:[{letters}])\)?(?:(?:(?:,|,? and|,? or|,? nor| &) |/|,)\(?(?-i:[{letters}])\)?)+"
    for letters in ("A-D", "a-d")
)
_END = rf"{_RIGHT}?\W*\Z"
_OTHERS_BY_NUMBER = r"|\A(?:both |only )?\(?(?:[1-4]|I{1,3}|IV)\)?(?:, ?\(?(?:[1-4]|I{1,3}|IV)\)?)*,? (?:and|or) \(?(?:[1-4]|I{1,3}|IV)\)? only\W*\Z"
_SOURCE += (
    rf"|\b(?:summari[sz]e|title|describe|characteri[sz]e)s? (?:of |for )?(?:the|this) {_A_TEXT}\b"
    r"|\b(?:does|do|did|would|is|was) the author (?:\w+ )?(?:suggest|think|believe|argue|mean|imply|mention|say|claim"
    r"|use|refer|intend|criti\w+)"
    r"|\bthe author(?:['’]s (?:main |primary |overall )?(?:purpose|tone|attitude|opinion|view|point|argument|intention)"
    r"| (?:suggests?|thinks?|believes?|argues?|implies|mentions?|says?|claims?|uses?|refers?|intends?|criti\w+))\b"
)

_OTHERS = (
    # All of the above statements
    rf"\b{_HOW_MANY}(?: of)?(?: the)? (?:above|preceding|foregoing)(?: (?:\w+ )?(?:{_OPTIONS}|statements?))?{_END}"
    # None of these, all of these are correct, none of these answers
    rf"|\b{_HOW_MANY} of (?:these|those)(?: {_OPTIONS})?{_END}"
    # All of them, both are correct, both answers, none of the other options
    rf"|\A{_HOW_MANY}(?: of)? them{_END}|\A{_HOW_MANY}{_RIGHT}\W*\Z"
    rf"|\A{_HOW_MANY}(?: of)?(?: (?:the|these|those|other|given|listed|remaining|following))* {_OPTIONS}"
    rf"(?: (?:given|listed|provided|above|below))?{_END}"
    # There is no right option, no answer is correct
    rf"|\A(?:there (?:is|are) )?no (?:other |single |one )?(?:correct|right|true) {_OPTIONS}\b"
    rf"|\Ano (?:other )?{_OPTIONS}{_RIGHT}\W*\Z"
    # Both A and B, either A or B, A/B
    rf"|\A(?:(?:both|neither|either|only|{_OPTIONS}) ){{0,2}}(?:{_LETTERS})(?: (?:only|alone|together))?{_END}"
)

ENGLISH = wording(
    Patterns(
        source=_SOURCE,
        # Article 21, Section 498A, Chapter III, paragraph 2 of Article 19, Document No. 9; the text of a law.
        provision=r"(?:,? (?:no\.? ?|number )?(?:\d|(?-i:[IVXLC]+|[A-Z])\b))"
        r"| of (?:the |its |his |her )?(?:[\w' -]{1,40} )?(?:constitution|act|code|charter|treaty|convention|law|statute|bill)\b",
        others=_OTHERS + _OTHERS_BY_NUMBER,
        absolute=r"\b(?:all|always|never|none|only|every|everyone|everybody|nobody|invariably|absolutely|entirely"
        r"|completely|totally|impossible|without exception)\b",
        # All India Muslim League, All Saints' Day; every five years, every second year, twice every day.
        relative=r"(?-i:\bAll(?:[ -](?:[A-Z]|the [A-Z])))|(?-i:\b[Tt]he All [A-Z])|\bnot only\b|\ball-\w+"
        r"|\bevery (?:(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|thousand|few"
        r"|other|second|third|fourth|fifth|single) )*(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|time|century"
        r"|generations?|decades?|morning|night|centuries)\b",
        negative=r"\b(?P<word>not|except|never|(?<!at )least(?! common| square)|cannot|\w{1,20}n['’]t|incorrect(?:ly)?|untrue|wrongly|mismatched)\b"
        r"(?! (?:only|more than|less than|later than|all\b))"
        # "Which is no gas?" asks for what is not so, "when there is no oxygen" and "no longer" do not.
        r"|(?<!there )\b(?:is|are|was|were) (?P<word>no)\b(?! (?:longer|more|less|fewer|other|better|worse|different"
        r"|doubt))"
        # "If the condition is false" says nothing of the options.
        r"|\b(?:which|following|these|ones?|statements?|claims?|options?|\w+) (?:is|are) (?P<word>false|wrong)\b"
        # "The following are gases, except one. Name it."
        r"|\b(?:following|these|those|options?)\b[^.?!]{0,120}?\b(?P<word>except|save|but) (?:for )?one\b",
        clause=r"\b(?:that|who|whose|whom|when|if|because|where|while|although|though|unless|since|whether|after|before"
        r"|even|but(?! one\b)|yet|and (?:is|are|does|do|has|have|was|were|can|will))\b|\b(?:what|which|who|name|how)\b.*\bwhich\b(?! of)|\A(?:an?|the)\b[^,?]{0,80},? which\b",
        not_asked=r"\bwhy\b|\bhow\b(?! many)|\bwhat (?:happens|would happen|follows)\b",
        scene=r"\b(?:following|these|those|options?)\b[^.?!]{0,120}?\b(?P<word>except|save|but) (?:for )?one\b",
    )
)
