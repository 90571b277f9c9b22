"""How the sample's stations, communities and roads are called. Communities and house numbers are invented."""

from __future__ import annotations

from typing import Final

COMMUNITIES: Final = (
    ("幸福里", "Xingfuli"), ("团结", "Tuanjie"), ("光明", "Guangming"), ("新华", "Xinhua"),
    ("向阳", "Xiangyang"), ("永安", "Yong'an"), ("兴华", "Xinghua"), ("文兴", "Wenxing"),
    ("翠园", "Cuiyuan"), ("福康", "Fukang"), ("金桥", "Jinqiao"), ("东里", "Dongli"),
    ("西里", "Xili"), ("南园", "Nanyuan"), ("北园", "Beiyuan"), ("柳荫", "Liuyin"),
    ("槐树街", "Huaishujie"), ("安乐", "Anle"), ("清河湾", "Qinghewan"), ("和谐", "Hexie"),
    ("富强", "Fuqiang"), ("新苑", "Xinyuan"), ("望春", "Wangchun"), ("秋实", "Qiushi"),
    ("银杏", "Yinxing"), ("紫荆", "Zijing"), ("玉兰", "Yulan"), ("海棠", "Haitang"),
    ("丁香", "Dingxiang"), ("松林", "Songlin"),
)  # fmt: skip

ROADS: Final = ("大街", "路", "东路", "西路", "南街", "北街", "中街", "东里", "西里", "一号路", "胡同")

# 12351 is the workers' hotline; the others are numbers of an exchange that does not exist.
HOTLINE: Final = "12351"


def invented_phone(number: int) -> str:
    """A number in Beijing's form that nobody can be reached at."""
    return f"010-0000-{number % 10_000:04d}"
