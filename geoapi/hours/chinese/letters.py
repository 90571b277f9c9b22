"""Text in the one spelling the grammar knows, character for character.

Full-width forms become ASCII, the many dashes one, and traditional forms simplified:
only those of words the grammar reads, so that a change of spelling never changes
meaning. The length stays the same: a position here is the same position in the text
as supplied, and what is not understood can be quoted as it was written.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_TRADITIONAL = (
    "週周禮礼點点時时開开館馆閉闭關关營营業业間间國国節节門门診诊園园場场務务個个農农曆历歷历無无"
    "滿满舊旧號号樓楼層层處处務务於于為为還还過过與与後后隔隔辦办員员購购憑凭費费內内證证廳厅區区"
    "車车臺台櫃柜檯台導导詢询對对僅仅專专參参觀观預预約约訂订暫暂額额隨随視视應应調调換换領领鑰钥"
    "會会將将進进離离請请單单雙双連连續续裡里裏里衛卫護护電电話话訊讯寫写學学機机構构傷伤廁厕"
    "錄录術术夠够當当動动結结職职種种給给該该賽赛響响顧顾體体幾几樣样萬万壹一"
    "貳二陸六廿廿佈布療疗醫医產产親亲兒儿婦妇賣卖賓宾實实設设備备飯饭餐餐廠厂廣广東东"
    "傳传統统選选舉举週周號号現现線线網网絡络閱阅覽览書书鎖锁納纳託托讓让據据聯联"
    "餘余掃扫碼码臉脸繫系係系總总檢检驗验濟济協协從从準准達达遠远運运輸输誌志認认誤误課课談谈論论議议"
)
_ODD = (
    "ㄧ一–-—-―-−-‐-‑-‒-﹣-－-─-━-~-～-〜-∼-˜-∽-〰-﹕:∶:︰:．.。;﹔;、、〈(〉)《(》)【(】)〔(〕)〖(〗)[(])"
    "「(」){(})﹙(﹚)⋯…·.・.•.′'’'"
)
_SAME = dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)) | dict(
    zip(_ODD[::2], _ODD[1::2], strict=True)
)


@lru_cache(maxsize=4_096)
def _plain(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char)
    char = folded.lower() if len(folded) == 1 and len(folded.lower()) == 1 else char
    return _SAME.get(char, char)


def plain_letters(text: str) -> str:
    """`text` in the grammar's spelling, of the same length."""
    return "".join(map(_plain, text))


def is_traditional(text: str) -> bool:
    """Whether any letter is written in its traditional form."""
    return any(char in _SAME and "\u4e00" <= char <= "\u9fff" for char in text)
