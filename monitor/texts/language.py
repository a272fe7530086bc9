"""Pure: the language of an entry, from its title and lead; its feed's language only breaks ties."""

import re

import pycld2

#: What the bulletins' sources are written in.
LATIN = ("en", "de", "fr", "it", "es")

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]+")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u31f0-\u31ff\uff66-\uff9f]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
_CYRILLIC = re.compile("[\u0400-\u04ff]+")

#: Characters that one language writes and the other does not; enough of the common ones to settle a headline.
_JAPANESE_ONLY = frozenset(
    "込働峠畑枠搾匂圏歩戻徳黒処図価経済営応囲壱実権発変帯戦滝駅険験単嬢弾拠沢釈観広拡転伝齢仮桜渋竜検対両産"
)
_CHINESE_ONLY = frozenset(
    "们这为发经济产业对时会个来说车东长门问间开关见觉观规议论设计语请读变让认识记话该详误调谁谈银铁钱锂钢铝镍网络线级组织结给统"
    "继续维综编缩约纪纯纳练终绍绿红细马鱼鸟龙风飞习书买卖乐义乌乡亚亲亿仅从仓众优伟传伤伦偿储儿兑党兰兴养兽军农冯冲决况冻净凉减凤"
    "凭凯击刘则刚创删别剂剑剧劝办务动励劲劳势勋华协单卫却厂厅历厉压厌参双叙叶吗呢吧區們這為發經濟產個說關覺觀變讓鐵錢業會廠"
) - frozenset("会党来経参与")


def detect(title: str, summary: str = "", hint: str = "") -> str:
    """A two-letter code such as "ja": by script where the script tells, else by CLD2 (pycld2); `hint` where neither does.

    "und" where there are no letters and no hint. `summary` is plain text, of which the beginning is read.
    """
    text = f"{title} {summary[:400]}"
    hint = hint[:2].lower()
    kana, hangul = _letters(_KANA, text), _letters(_HANGUL, text)
    han, latin = _letters(_HAN, text), _letters(_LATIN, text)
    if hangul and hangul >= kana and hangul * 4 >= han and hangul * 8 >= latin:
        return "ko"
    if kana and (kana * 3 >= latin or kana + han > 3) and kana * 20 >= han:
        return "ja"
    if han and han * 4 >= latin:
        return _han_only(text, hint)
    if _letters(_CYRILLIC, text) > latin:
        return "ru"
    if latin:
        return _latin(text, hint)
    return hint or "und"


def _letters(script: re.Pattern[str], text: str) -> int:
    return sum(map(len, script.findall(text)))


def _han_only(text: str, hint: str) -> str:
    characters = set(text)
    japanese, chinese = len(characters & _JAPANESE_ONLY), len(characters & _CHINESE_ONLY)
    if japanese != chinese:
        return "ja" if japanese > chinese else "zh"
    return hint if hint in {"ja", "zh", "ko"} else "zh"


def _latin(text: str, hint: str) -> str:
    # Letters alone: the detector refuses some control characters.
    words = " ".join(re.findall(r"[^\W\d_]+", text))
    is_reliable, _bytes, ((_name, best, _percent, _score), *_rest) = pycld2.detect(words, bestEffort=True)
    # A short headline is often names: there the feed's own word weighs more, and English is the safest guess.
    is_sure = is_reliable and len(words) >= 25
    return best if best in LATIN and (is_sure or best == hint) else hint if hint in LATIN else "en"
