r"""How notes name a mark, a loss and a share of the maximum in some thirty languages. Fragments of regular expressions.

What follows an open stem (`\w*`, `\S*`) is an inflection. Hindi and its neighbours need `\S*`: to Python their vowel
signs are no letters.
"""


def any_of(*lines: str) -> str:
    """One alternative for each word of the lines."""
    return "|".join(word for line in lines for word in line.split())


UNIT = any_of(
    r"marks?\b points?\b pts?\b punkte?n?\b pkt\b puntos?\b punt[io]?\b pontos?\b punten\b punktzahl\b puntuación puntje\b poäng\b poeng\b",
    r"pist\w{1,6}\b punkt(?:y|ów|u)\b bod(?:y|ů|u)?\b puan\w{0,4}\b điểm\b poin\b markah\b puncte?\b pont(?:ot)?\b",
    r"βαθμ\w+ точк\w* балл\w* балів\b бали?\b очк\w* अंक\S* नंबर নম্বর মার্ক மதிப்பெண் మార్కు คะแนน",
    r"درج\w* نقط\w* نقاط علام\w* نمره امتیاز نمبر נקוד\w* 分 点 점",
)  # fmt: skip
HALF = any_of(
    r"half halbe[rn]? medio media meio metade mezzo metà demi moitié halve helft пол половин\w* pół połow\w+ půl",
    r"halva halv yarım yarısı nửa setengah fél आध\S* نصف 半分の 一半的? 절반의?",
)  # fmt: skip
ONE = any_of(
    r"an? one two three ein(?:en|em)? zwei drei un[ao]? une uno dos tres deux trois due tre um uma dois três een één eén twee",
    r"drie один одного два jeden jednego dwa ett en et två to bir iki một hai satu egy एक दो واحدة? درجتان ایک এক",
)  # fmt: skip
# Verbs and nouns for taking a mark away.
LOST = any_of(
    r"\w{0,12}abzug\w* abgezogen\w* abziehen verloren verliert verschenkt des(?:cont|cuent)\w+ dedu[cz]\w+ penali[sz]\w+ restan?",
    r"restado perd\w* pierd\w+ retir\w+ enl[eè]v\w+ déduit\w* déduc\w+ pénalis\w+ ôté\w* detra\w+ sottra\w+ tolt[oi]",
    r"pers[oi] decurtat\w+ aftrek afgetrokken verliest kwijt снят\w* снима\w+ сниж\w+ вычт\w+ вычит\w+ потер\w+",
    r"штраф\w* знят\w* втрач\w+ odjęt\w* odejm\w+ odlicz\w+ strac\w+ potrąc\w+ utrac\w+ kırıl\w+ kırd\w+ düşül\w+",
    r"kesil\w+ kayb\w+ avdrag\w* fradrag\w* fratrekk\w* trukket förlor\w+ vähenn\w+ menet\w+ strž\w+ odečt\w+",
    r"ztr[aá]\w+ scad\w* trekk\w* отн[еи]\w+ कम\sकिए কাট\S* குறை\S* کاٹ\w* αφαιρ\w+ levon\w+ scăzut\w* depunct\w+ dikurangi dipotong hilang trừ mất",
    r"काट\S* कट\S* घटा\S* خصم\w* حذف\w* فقد\w* کسر הורד\w* ניכוי หัก",
)  # fmt: skip
MINUS = any_of(
    "minus menos moins meno минус мінус eksi mínusz miinus μείον माइनस マイナス 마이너스 ناقص منهای trừ kurang หัก ลบ מינוס"
)
NOT = any_of(
    r"no not never without nothing would could kein\w* ohne nicht nichts würde könnte sin ni sem não nem senza non",
    r"nessun\w* sans pas aucun\w* rien geen zonder niet без не нет ні bez nie żadn\w* inga? ingen utan inte uden ikke",
    r"uten nélkül fără nu δεν χωρίς không tidak tanpa नहीं बिना بدون لا لم ليس نہیں ללא לא ei eikä podría pourrait",
)  # fmt: skip
NOT_BEHIND = any_of(r"なし ない なく せず नहीं 없 않 medi madı نہیں 无 無 \bdeğil\b \byok\b \bnicht\b \bnot\b \bniet\b")
REASON = any_of(
    "for because due por porque per perché pour car für wegen weil voor omdat за för eftersom fordi za ponieważ için",
    "vì karena miatt pentru για",
)  # fmt: skip
FAULT = any_of(
    r"missing errors? wrong incorrect omitted fehl\w* falsch\w* vergessen falta\w* incorrect\w* erro\w* manqu\w+ oubli\w*",
    r"manca\w* sbaglia\w+ ontbre\w+ fout\w* vergeten ошибк\w* нет пропущ\w+ невер\w+ помилк\w* brak\w* błąd\w* chyb\w*",
    r"eksik hata\w* saknas fel feil fejl mangler puuttuu virhe lipsă greșe\w* hiányzik hiba thiếu salah λάθος λείπει",
    r"गलत\S* त्रुटि ग़लत\S* خطأ ناقصة? חסר 欠 ミス 誤 缺 错 漏 오류 누락",
)  # fmt: skip
# "2 of 3", and for languages that name the maximum first: "3 of which 2".
OF = any_of(r"/ out\sof of von sur de su sui van из із z ze av af dari trên από מתוך من از от din uit")
OF_FIRST = any_of(r"中 のうち 満点中 में\sसे üzerinden 중 중에서 满分得 满分[,，]\s?得 满分里 में से", "-ből")
FULL = any_of(
    r"volle\s(?:punktzahl|punkte) alle\spunkte puntuación\s(?:completa|máxima) pontuação\s(?:máxima|total) tous\sles\spoints",
    r"punteggio\s(?:pieno|massimo) volledige\spunten полный\sбалл максимальный\sбалл tam\spuan full\spoäng 満点 满分 만점",
    r"पूर्ण\sअंक पूरे\sअंक الدرجة\sكاملة الدرجة\sالكاملة الدرجة\sالنهائية",
)  # fmt: skip
HALF_OF_ALL = any_of(
    r"halbe\s(?:punktzahl|punkte) hälfte\sder\spunkte media\spuntuación mitad\sde\s(?:los\s)?puntos metade\sd\w+\spontos",
    r"metà\s(?:dei\s)?punti moitié\sdes\spoints helft\svan\sde\spunten половина\sбаллов połowa\spunktów आधे\sअंक",
    r"puanın\syarısı نصف\s(?:الدرجة|العلامة|الدرجات) 半分の点 一半的?分 절반의?\s?점수",
)  # fmt: skip
NONE = any_of(
    r"keine\spunkte nicht\s(?:bearbeitet|beantwortet) sin\s(?:respuesta|puntos) sem\s(?:resposta|pontos) en\sblanco",
    r"em\sbranco aucun\spoint pas\sde\sréponse sans\sréponse nessun\spunto nessuna\srisposta in\sbianco geen\s(?:punten|antwoord)",
    r"нет\sответа ответа\sнет без\sответа brak\sodpowiedzi boş\sbırakıl\w+ cevap\syok 無回答 空欄 零分 未作答 무응답",
    r"कोई\sउत्तर\sनहीं कोई\sअंक\sनहीं لا\sتوجد\sإجابة لم\sيجب",
)  # fmt: skip
