"""Short forms after which a sentence goes on, without their dots and in lower case, by language."""

_ENGLISH = (
    "approx al ca cf ch col dept dr ed eds eg eq etc fig figs gen gov hon ie inc jr lt ltd mr mrs ms mt pp prof ref "
    "rep rev sec sen sgt sr st vol vols vs viz univ"
)
_GERMAN = (
    "abb abs abt allg anm aufl bd bes bspw bzgl bzw dgl einschl evtl frz geb gegr ggf hrsg inkl jh kap lat nr sog str "
    "tab tel u usw vgl zb zzt dh ua uä"
)
_FRENCH = (
    "apr av bibl chap éd env ex fig hab janv févr juil sept oct nov déc mm mlle mme mgr pl réf st ste tél vol boul"
)
_SPANISH = (
    "admón afmo apdo atte av avda bco cap cía dña dpto dto ed ee ej etc excmo fdo gral ilmo núm pág págs pdo sra sras "
    "srs srta ud uds uu"
)
_PORTUGUESE = (
    "adm apto av bras cap cia cód depto dra exa exma exmo fl fls ilmo ltda obs pág págs profa séc sra sras srs sta sto "
    "tel"
)
_HINDI = "डॉ डा प्रो श्री श्रीमती सुश्री कु पं स्व सं सें मी किमी किग्रा लि प्रा चौ मो मौ एड इंजी कै ईपू ई पू रु क्र पृ अनु उदा इस शै ले जन जि"
_BENGALI = "ড ডা ডঃ ডাঃ মো মোঃ প্রফ শ্রী অধ্যা রেভা মি মিসেস লি কিমি খ্রি পৃ"
_OTHER_INDIC = "ડૉ શ્રી પ્રો திரு డా శ్రీ డాక్టర్ ಡಾ ಶ್ರೀ ಪ್ರೊ ഡോ ശ്രീ പ്രൊഫ ਡਾ ਸ ਪ੍ਰੋ"
_ARABIC = "أد د م أ ص ج ط هـ ق هـ صفح"
_RUSSIAN = "г гг в вв им т тт тыс млн млрд руб коп см рис табл стр ул напр др пр акад проф доц св"
_ITALIAN = "art avv cap dott dottssa ecc es geom ing pag pagg prof sig sigg sigra tab"
_TURKISH = "alb av bkz çev doç hz müh ör örn prof sn vb vd yrd yy yd"

ABBREVIATIONS = frozenset(
    word.casefold()
    for words in (
        *(_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _HINDI, _BENGALI, _OTHER_INDIC, _ARABIC, _RUSSIAN),
        *(_ITALIAN, _TURKISH),
    )
    for word in words.split()
) - {
    # Words of their own, more often than short forms.
    *("ex", "ed", "en", "es", "ill", "in", "gen", "col", "ref", "sen", "rep", "obs", "pl", "ing", "bes", "lat", "cap")
}
_NUMBERED = (
    "no nos nr art arts núm num pág p pp s fig figs abb tab eq sec ch cap vol ed ref col § abs सं क्र पृ अनु ص م رقم"
)
# "No. 5" goes on, "No." does not.
BEFORE_NUMBERS = frozenset(_NUMBERED.split())
_GERMAN_NOUNS = (
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert jh "
    "jahrhunderts jahrhunderte jahrtausend klasse auflage weltkrieg weltkriegs semester kapitel"
)
# "am 3. Oktober", "im 19. Jahrhundert": an ordinal, and no end.
ORDINAL_NOUNS = frozenset(_GERMAN_NOUNS.split())
