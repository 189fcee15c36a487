"""English."""

from app.generation.wordings.options import OptionWords, others
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

_SOURCE += (
    rf"|\b(?:summari[sz]e|title|describe|characteri[sz]e)s? (?:of |for )?(?:the|this) {_A_TEXT}\b"
    r"|\b(?:does|do|did|would|is|was) the author (?:\w+ )?(?:suggest|think|believe|argue|mean|imply|mention|say|claim"
    r"|use|refer|intend|criti\w+)"
    r"|\bthe author(?:['’]s (?:main |primary |overall )?(?:purpose|tone|attitude|opinion|view|point|argument|intention)"
    r"| (?:suggests?|thinks?|believes?|argues?|implies|mentions?|says?|claims?|uses?|refers?|intends?|criti\w+))\b"
)

# What stands in a picture or a numbered table is no better known to the student than a text.
_PICTURE = r"(?:diagram|figure|graph|chart|table|map|picture|image|illustration|photograph|photo|drawing|schematic|flowchart|cartoon)"
_NUMBERED = r"(?:figure|fig\.?|table|diagram|graph|chart|map|exhibit|plate|listing|appendix|box|slide)"
_WHO = r"(?:author|writer|narrator|speaker|lecturer)"
_STATES = (
    r"(?:says?|states?|mentions?|describes?|explains?|suggests?|claims?|argues?|implies|notes?|reports?|discusse?s?|indicates?|defines?|lists?"
    r"|refers?|presents?|points? out|asserts?|contends?|concludes?|identif(?:y|ies)|highlights?|emphasi[sz]es?|calls?|stresses|advises|recommends?"
    r"|gives?|offers?|cites?|provides?|quotes?|names?|illustrates?|tells?)"
)
_SOURCE += (
    rf"|\b(?<!of the )(?:above|following|given|accompanying|adjacent|attached|provided) (?:\w+ )?{_PICTURE}\b"
    rf"|\b{_PICTURE}s? (?:\w+ )?(?:above|below|opposite|overleaf)\b|\b{_PICTURE}s? (?:is |are )?(?:shown|given|provided)\b"
    rf"|\b(?:in|from|of|by|on|see|to|at|using|per) (?:the )?{_NUMBERED} \(?(?:\d+|(?-i:[A-Z]\b))"
    rf"|\b(?:do|does|did) (?:the|this) {_PICTURE}s? (?:show|depict|illustrate|represent|list|display|indicate)\b|\b(?:what|which)\b[^?.]{{0,40}} (?:the|this) {_PICTURE}s? (?:shows?|depicts?|illustrates?|represents?|displays?)(?=[?.])"
    rf"|\b(?:shown|depicted|illustrated|presented|displayed|labell?ed|marked)(?: \w+)? (?:above|overleaf|(?:in|on|by) (?:the|this|that) (?:\w+ )?{_PICTURE}\b(?! of\b))"
    r"|\b(?:the|this|that) (?:(?:reading|given|above|first|second|third|fourth|last|final|opening|closing|present|previous|preceding) )?"
    r"(?:passage|excerpt)\b(?! (?:of|from|between|through|to|into|in|by|is called)\b)"
    r"|\b(?:from|in|after|based on) (?:the|this|your) readings?\b(?! (?:of|on)\b)|\b(?:in|from|by|of) (?:this|the present|the current|the above) (?:lesson|unit|module|lecture|course|book|textbook|study|report|paper|example|case study|video|slide|handout|document|material)\b"
    r"|\b(?:in|from|at the (?:end|beginning) of) (?:the )?(?:first|second|third|fourth|fifth|last|final|opening|closing|next) (?:paragraph|stanza|section|lines?|sentence)\b|\b(?:in|from) (?:paragraph|lines?|page|section|chapter|unit) \d+"
    r"|\baccording to (?:the |this |your )?(?:study|report|researchers?|survey|speaker|narrator|writer|lecturer|instructor|teacher|website|blog|video|transcript|case study|content|notes|summary|reading|book|handbook|manual)\b(?! (?:of|by|on|in|published|conducted|from|for)\b)"
    rf"|\b(?:does|do|did|would|is|was|has) the {_WHO}(?: \w+)? (?:suggest|think|believe|argue|mean|imply|mention|say|claim|use|refer|intend|describe|consider|regard|view|compare|conclude|recommend|criti\w+)"
    rf"|\bthe {_WHO}(?:(?:['’]s|['’]) (?:main |primary |overall )?(?:purpose|tone|attitude|opinion|view|viewpoint|point|argument|intention|claim|conclusion|position|stance)| (?:{_STATES}|thinks?|believes?|uses?|intends?|considers?|views?|compares?|criti\w+))\b"
    rf"|\b(?:the|this) (?:text|document|article|chapter|section|report|study|reading|lecture|material|book|textbook|handout|slide)s? {_STATES}\b|\b(?:does|did) (?:the|this) (?:text|document|article|chapter|section|report|study|reading|lecture|material|book|textbook)s? (?:\w+ )?{_STATES}\b"
    r"|\b(?:mentioned|described|stated|given|listed|discussed|presented|referred to|explained) (?:above|earlier|previously|in the (?:\w+ )?(?:text|reading|lecture|article|document|material|notes|chapter))\b|\b(?:above-mentioned|aforementioned)\b|\byou (?:have )?(?:just )?read\b"
)

# A definite reader's noun without "of whom" or "of what" points to something that lies before the reader.
_UNNAMED = r"(?! (?:of|who|whose|that|which|for|from|between|through|to|into|called|named|(?-i:[A-Z]))\b)(?! ?[\"“‘«])"
_STORY = r"(?:story|poem|dialogue|conversation|interview|essay|transcript|letter|speech|narrative|play|novel|notes|reading|lesson|lecture|text|passage|excerpt)"
_SOURCE += (
    rf"|\b(?:the|this) (?:author|writer|narrator|lecturer|essayist)s?\b{_UNNAMED}|\b(?:the|this|today['’]s|your|our) (?:lesson|lecture|excerpt|reading passage|class notes|course notes)\b{_UNNAMED}"
    rf"|\b(?:in|from|of|by|throughout) (?:the|this|that) (?:\w+ )?{_STORY}\b{_UNNAMED}|\b(?:does|do|did|can|would|is) (?:the|this) (?:text|article|study|report|story|poem|essay|letter)\b{_UNNAMED}"
    rf"|\b(?:look(?:ing)? at|observe|stud(?:y|ying)|examin(?:e|ing)|consider|refer(?:ring)? to|using|use|see) (?:the|this) (?:\w+ )?{_PICTURE}\b{_UNNAMED}"
    rf"|\bas (?:mentioned|discussed|stated|described|explained|shown|noted|seen|taught)(?: (?:above|before|earlier|in class))?(?=\W*[,?]|\W*\Z)|\b(?:given|provided|mentioned|cited|described|named|listed|presented|offered|discussed|used) in (?:the|this|your) (?:\w+ )?(?:materials?|sources?|handout|slides?|textbook|book|report|study|notes)\b{_UNNAMED}|\b(?:what|as) you (?:have )?(?:just )?(?:read|learned|studied)\b|\b(?:given|above|provided) (?:data|scenario|case|results)\b"
    # The text that a program shows is no source.
    rf"|\b(?:the|this) (?:text|article|poem|story|essay)\b(?<!\b(?:format|align|encrypt|decrypt|colou?r|display|enter|type|translate|copy|edit|delete|wrap|select|of|around|resize|style)s? (?:the|this) text)(?! (?:editor|fields?|box|files?|messages?|format|mode|colou?r|size|align|element|string|node|tag|data|input|area|wrap))(?!-){_UNNAMED}"
    r"|\b(?:in|from|of|by) (?:the|this) (?:paper|manuscript|reading)\b(?=\W*[,?.]|\W*\Z)"
    r"|\bgiven (?:the|this) (?:text|passage|excerpt|article)\b"
    rf"|\b(?:main|central|key|principal|controlling) (?:idea|point|theme|message|argument|claim)s? of (?:the|this) (?:section|chapter|reading|unit|article|lesson|lecture|paragraph)\b{_UNNAMED}"
    rf"|\b(?:summari[sz]es?|sums? up|outlines?) (?:the|this) (?:reading|section|chapter|lesson|unit|lecture|paragraph)\b{_UNNAMED}"
)

_WORDS = OptionWords(
    many=r"(?:all|none|both|any|neither|either|each|every one|some|most|one|only one|two|three|several|more than one|at least one|there (?:is|are) no|no(?: other)?)",
    between=r"(?:of|the|these|those|them|other|given|listed|remaining|following|single|one|correct|right|true|four|three|two)",
    option=r"(?:options?|answers?|choices?|alternatives?|statements?|responses?|claims?|them|these|those|above|preceding|foregoing|aforementioned|listed|given|provided|below|others?|mentioned)",
    right=r"(?:(?:(?:is|are|can be|could be|would be|may be) )?(?:all |both |equally |also )?(?:correct|right|true|wrong|incorrect|false|untrue|possible|valid|accurate|acceptable|plausible)|appl(?:y|ies)|fits?)",
    ordinal=r"(?:only )?(?:the )?(?:(?:first|last|other|previous|preceding) (?:two|three)|(?:two|three) (?:first|last)|first and (?:the )?(?:second|third|last)|previous|preceding)",
    joins=r"and|or|nor|&|to|through|but not",
    before=r"both|neither|either|only",
    after=r"only|alone|together|both",
)
# A word like "incorrect" turns the question round when it stands of a statement; "an incorrect dose" is a subject.
_WRONG = r"(?:incorrect|inaccurate|inappropriate|erroneous|untrue|false|wrong|mismatched|unrelated|inconsistent|unlikely|improper|invalid|unsuitable|irrelevant|unnecessary|inapplicable)"
_CLAIM = r"(?:statements?|answers?|options?|pairs?|match(?:es)?|choices?|combinations?|assertions?|claims?|sentences?|descriptions?|ones?|alternatives?|definitions?|examples?|associations?|pairings?)"
# The least of a quantity is asked for plainly: the least dense planet.
_MEASURED = r"(?:reactive|abundant|expensive|populated|electronegative|massive|developed|radioactive|active|intensive|crowded|squared)"
_LEAST = (
    r"(?:likely|probable|probably|appropriate|suitable|accurate|consistent|correct|true|plausible|relevant|important|effective|useful|applicable|related|characteristic"
    r"|typical|associated|supported|justified|desirable|helpful|compatible|representative|valid|convincing|affected|similar)"
)

# "Only one electron" and "all four limbs" count.
_COUNT = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|half|a (?:few|single|quarter|third|half|tenth|hundredth)|once|twice)"

ENGLISH = wording(
    Patterns(
        source=_SOURCE,
        # Article 21, Section 498A, Chapter III, paragraph 2 of Article 19, Document No. 9; the text of a law.
        place=r"\b(?:according to|per|in|from|see) (?:paragraph|page|lines?) \d+(?:[-–]\d+)?\b(?!,? of)",
        provision=r"(?: of (?:the )?(?:article|section|clause|schedule) )|(?:,? (?:no\.? ?|number )?(?:\d|(?-i:[IVXLC]+|[A-Z])\b))"
        r"| of (?:the |its |his |her )?(?:[\w' -]{1,40} )?(?:constitution|act|code|charter|treaty|convention|law|statute|bill)\b",
        others=others(_WORDS) + r"|\A\(?I{1,3}\)?,? (?:and|or) \(?I{1,3}V?\)? only\W*\Z",
        absolute=r"\b(?:all|always|never|none|only|every|everyone|everybody|nobody|invariably|absolutely|entirely"
        r"|completely|totally|impossible|without exception)\b|\bno \w+ (?:can|could|will|would|may|must|ever)\b",
        # All India Muslim League, All Saints' Day; every five years, every second year, twice every day.
        relative=r"(?-i:\b(?:All|Never|Always|Every)(?:[ -](?:[A-Z]|the [A-Z])))|(?-i:\b[Tt]he All [A-Z])|\bnot only\b|\ball-\w+"
        r"|\bevery (?:second|third|fourth|fifth|sixth|tenth) \w+"
        rf"|\b(?:only|all) (?:of )?(?:the )?{_COUNT}\b"
        r"|\bevery (?:(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|thousand|few"
        r"|other|second|third|fourth|fifth|single) )*(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|time|century"
        r"|generations?|decades?|morning|night|centuries)\b",
        negative=(
            # "Cannot be seen but makes up the air" describes: what follows "but" is what is asked for.
            r"\b(?P<word>not|except|excepting|never|cannot|\w{1,20}n['’]t)\b(?! (?:only|more than|less than|later than|all\b))(?![^?]{0,200}\bbut (?!(?:one|also|for|not)\b))"
            rf"|\b(?P<word>least) (?:\w+ly )?(?:{_LEAST}|(?!{_MEASURED})\w+(?:ed|ful|ible|able|ly|ive|ant|ent|al|ing))\b|\b(?P<word>incorrectly|inaccurately|wrongly|erroneously|inappropriately|improperly)\b"
            rf"|\b(?:is|are|was|were|be|being|which) (?:\w+ly )?(?P<word>{_WRONG})\b|\b(?P<word>{_WRONG}) {_CLAIM}\b|\b(?P<word>mismatched)\b|\b{_CLAIM} (?:is|are) (?P<word>{_WRONG})\b"
            r"|\bwith the (?P<word>exception)\b|\b(?P<word>excluding)\b|\b(?P<word>none|neither) of (?:these|the following|those)\b"
            # "Which is no gas?" asks for what is not so, "when there is no oxygen" and "no longer" do not.
            r"|(?<!there )\b(?:is|are|was|were) (?P<word>no)\b(?! (?:longer|more|less|fewer|other|better|worse|different|doubt))"
            r"|\b(?:which|following)\b[^?]{0,80}\b(?:has|have|had|contains?|needs?|requires?|produces?|shows?|plays?|involves?|makes?) (?P<word>no)\b(?! (?:longer|more|less|fewer|other))"
            r"|\b(?:which|following|these|those)\b[^?]{0,60}\b(?P<word>fail(?:s|ed)? to)\b|\b(?P<word>lack(?:s|ed)?) (?:which|what)\b|\b(?:which|what)\b[^?]{0,80}\b(?:do|does|did|is|are)\b[^?]{0,200}\b(?P<word>lack(?:ing)?)\W*\Z"
            r"|\b(?:is|are|was|were) (?P<word>(?:excluded|absent|missing|exempt) from)\b|\ball (?P<word>but) (?:one|which|two)\b"
            # "The following are gases, except one. Name it."
            r"|\b(?:following|these|those|options?)\b[^.?!]{0,120}?\b(?P<word>except|save|but) (?:for )?one\b"
        ),
        clause=r"\b(?:that|who|whose|whom|when|if|because|where|while|although|though|unless|since|whether|after|before"
        r"|even|but(?! one\b)|yet|and (?:is|are|does|do|has|have|was|were|can|will))\b|\b(?:what|which|who|name|how)\b.*\bwhich\b(?! of)|\A(?:an?|the)\b[^,?]{0,80},? which\b",
        not_asked=r"\bwhy\b|(?:\A\W*|[,;:] |\b(?:and|explain|describe|show) )how\b(?! many)|\bwhat (?:happens|would happen|follows)\b",
        scene=r"\b(?P<word>all but) one\b|\b(?:ones?|options?|statements?|answers?|of the following|of these) that (?:\w+ )?(?P<word>\w+n['’]t|not|cannot|never)\b|\b(?:following|these|those|options?)\b[^.?!]{0,120}?\b(?P<word>except|save|but) (?:for )?one\b",
    )
)
