"""One small test in each of four languages, with every kind of question, as a teacher might print them."""

from app.generation.model import ChoiceQuestion, Kind, QuestionSet

_CODE = "x = 1\nfor i in range(3):\n    x = x * 2\nprint(x)"


def _set(language: str, title: str, *texts: str) -> QuestionSet:
    single, a, b, c, d, code, several, e, f, g, h, truth, yes, no, pairs, p1, p2, p3, o1, o2, o3 = texts
    questions = (
        ChoiceQuestion(1, single, (a, b, c, d), "B", single, {"A": a}, quote=single, page=3),
        ChoiceQuestion(2, f"{code}\n{_CODE}", ("3", "6", "8", "2^3 + 1"), "C", "x = 2^3"),
        ChoiceQuestion(3, several, (e, f, g, h), "A,C", kind=Kind.SEVERAL, max_marks=2),
        ChoiceQuestion(4, truth, (yes, no), "A", kind=Kind.TRUE_FALSE),
        ChoiceQuestion(5, pairs, (o1, o2, o3), "1B,2C,3A", kind=Kind.MATCHING, prompts=(p1, p2, p3), max_marks=3),
    )
    return QuestionSet(f"sample-{language}", title, questions)


ENGLISH = _set(
    "en", "Forces and matter",
    "A body of mass 2 kg is pushed with 10 N. What is its acceleration?",
    "0.2 m s^-2", "5 m s^-2", "12 m s^-2", "20 m s^-2",
    "What does this program print?",
    "Which of these are metals?", "Iron", "Sulfur", "Copper", "Oxygen",
    "Water boils at 100 °C at a pressure of 1.013×10^5 Pa.", "True", "False",
    "Match each substance with its formula.", "Water", "Carbon dioxide", "Glucose", "C_6H_12O_6", "H_2O", "CO_2",
)  # fmt: skip
HINDI = _set(
    "hi", "बल और पदार्थ",
    "2 kg द्रव्यमान की वस्तु पर 10 N का बल लगाया जाता है। उसका त्वरण कितना होगा?",
    "0.2 m s^-2", "5 m s^-2", "12 m s^-2", "20 m s^-2",
    "यह प्रोग्राम क्या छापेगा?",
    "इनमें से कौन-से पदार्थ धातु हैं?", "लोहा", "गंधक", "ताँबा", "ऑक्सीजन",
    "1.013×10^5 Pa दाब पर जल 100 °C पर उबलता है।", "सत्य", "असत्य",
    "प्रत्येक पदार्थ को उसके सूत्र से मिलाइए।", "जल", "कार्बन डाइऑक्साइड", "ग्लूकोज़", "C_6H_12O_6", "H_2O", "CO_2",
)  # fmt: skip
ARABIC = _set(
    "ar", "القوة والمادة",
    "دُفع جسم كتلته 2 kg بقوة مقدارها 10 N. ما تسارعه إذا كان a = (F)/(m)؟",
    "0.2 m s^-2", "5 m s^-2", "12 m s^-2", "20 m s^-2",
    "ماذا يطبع هذا البرنامج؟",
    "أيٌّ من هذه المواد من الفلزات؟", "الحديد", "الكبريت", "النحاس", "الأكسجين",
    "يغلي الماء عند 100 °C تحت ضغط 1.013×10^5 Pa.", "صحيح", "خطأ",
    "صِل كل مادة بصيغتها.", "الماء", "ثاني أكسيد الكربون", "الجلوكوز", "C_6H_12O_6", "H_2O", "CO_2",
)  # fmt: skip
CHINESE = _set(
    "zh", "力与物质",
    "质量为 2 kg 的物体受到 10 N 的力，它的加速度是多少？",
    "0.2 m s^-2", "5 m s^-2", "12 m s^-2", "20 m s^-2",
    "这个程序输出什么？",
    "下列哪些物质是金属？", "铁", "硫", "铜", "氧",
    "在 1.013×10^5 Pa 的压强下，水在 100 °C 沸腾。", "正确", "错误",
    "把每种物质与它的化学式配对。", "水", "二氧化碳", "葡萄糖", "C_6H_12O_6", "H_2O", "CO_2",
)  # fmt: skip
LANGUAGES = {"en": ENGLISH, "hi": HINDI, "ar": ARABIC, "zh": CHINESE}
