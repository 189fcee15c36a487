"""Documents in Hindi and Chinese, made of parts, in which no two sentences are the same."""

_HINDI = (
    ("पत्ती", "जड़", "तना", "फूल", "बीज", "शाखा", "छाल", "कोशिका", "पौधा", "शैवाल"),
    ("प्रकाश", "जल", "नाइट्रोजन", "ऑक्सीजन", "शर्करा", "प्रोटीन", "खनिज", "लवण", "ऊष्मा", "वाष्प", "वर्णक"),
    ("सुबह", "शाम", "वर्षा", "गर्मी", "सर्दी", "वसंत", "अंधेरे"),
    ("मिट्टी", "हवा", "नदी", "बर्तन", "खेत"),
)
_CHINESE = (
    ("叶片", "根部", "茎干", "花朵", "种子", "树枝", "树皮", "细胞", "植物", "藻类"),
    ("阳光", "水分", "氮气", "氧气", "葡萄糖", "蛋白质", "矿物质", "盐分", "热量", "蒸汽", "色素"),
    ("清晨", "傍晚", "雨季", "夏天", "冬天", "春天", "黑夜"),
    ("土壤", "空气", "河流", "容器", "田野"),
)
_HINDI_SENTENCE = "नमूना {n} दिखाता है कि {0} {2} के समय {1} ग्रहण करके उसका कुछ भाग {3} को लौटा देती है।"
_CHINESE_SENTENCE = "第{n}号样本显示{0}在{2}吸收{1}并把其中一部分送回{3}。"


def prose_in(language: str, n_sentences: int = 200) -> str:
    """`language` is hi or zh."""
    parts, sentence = (_HINDI, _HINDI_SENTENCE) if language == "hi" else (_CHINESE, _CHINESE_SENTENCE)
    lines = [sentence.format(*(words[n % len(words)] for words in parts), n=n) for n in range(1, n_sentences + 1)]
    return (" " if language == "hi" else "").join(lines)
