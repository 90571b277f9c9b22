"""The words that hours are written with, in plain letters (see `letters`)."""

from __future__ import annotations

import re

from geoapi.hours.festivals import Festival

WEEKDAYS = {
    char: n for n, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天末7")) for char in chars
}

_WEEK = r"(?:周|星期|礼拜)"
_DAY = r"[一二三四五六日天]"
_NO_FLOOR = r"(?!\s*[楼层F号店馆室期])"
_RANGE = r"\s*(?:-+|至|到)\s*"
_AND = r"\s*(?:[、,.&+/]|和|及|与|跟|以及)\s*"
_NAMED = rf"(?:每?个?{_WEEK}\s*)"
_UNIT = rf"(?:{_DAY}|[1-7](?![\d:.点时]))"
_ITEM = rf"{_UNIT}(?:{_RANGE}{_NAMED}?{_UNIT}{_NO_FLOOR})?"
WEEKDAY_LIST = re.compile(
    rf"(?:每逢|逢|每)?\s*{_NAMED}{_ITEM}(?:(?:{_AND}{_NAMED}|{_AND}(?={_DAY}){_NO_FLOOR}|{_NAMED}|(?={_DAY}))(?={_UNIT}){_ITEM}{_NO_FLOOR})*"
)
WEEKDAY_ITEM = re.compile(rf"({_UNIT})(?:{_RANGE}{_NAMED}?({_UNIT}))?")
WEEKEND = re.compile(r"(?:每(?:个|逢)?)?(?:周末(?!双休)|双休日)|休息日(?=\s*:?\s*(?:上午|下午|早)?\d)")
# the weekend is off, in one word
WEEKEND_OFF = re.compile(r"(?:周末)?双休(?!日)(?:制)?|周休二日")

_ORDINAL = r"(?:[一二三四五1-5]|最后|末)"
NTH_WEEKDAY = re.compile(
    rf"每个?月(?:份)?的?\s*(?:第\s*(?P<nth>{_ORDINAL}(?:\s*[、,及和]\s*第?\s*{_ORDINAL})*)|(?P<last>最后一?|月?末|月?底))"
    rf"\s*(?:个)?(?:周|星期|礼拜)?(?:的)?\s*(?:周|星期|礼拜)\s*(?P<day>{_DAY})|(?P<end>月[末底])(?:的)?(?:周|星期|礼拜)(?P<endday>{_DAY})"
)
DAY_OF_MONTH = re.compile(r"每个?月的?\s*(?P<day>\d{1,2})\s*[日号]")

DAILY = re.compile(
    r"(?:一年|全年)?365[天日](?!\s*[x×*])|一年四季|每(?:一)?[天日]|天天|逐日|全年(?:度)?(?!无休)|(?:一|每)?周?(?:7|七)天(?!\s*[x×*])|不分[平假]日|daily\b|every\s?day\b"
)
PHONE = re.compile(
    r"(?:(?:联系|咨询|服务)?(?:电话|热线|手机|tel)|24\s*小时(?:值班|服务|咨询|心理|维权|援助|职工|免费|联系|客服)*(?:热线|电话))"
    r"\s*[:.]?\s*[\d(+][-\d()#转 ]{3,}"
)
PHONE_STARTS = frozenset("联咨服电热手t2")
NOON_TOO = re.compile(
    r"(?:中午|午间|午休(?:时间|时段)?)(?:均|皆|也)?(?:不休息?|无休息?|不打烊|不关闭|照常[^\s;,()]{0,6}|连续[^\s;,()]{0,4})"
)
NO_REST = re.compile(r"(?:全年|年中|终年|全年度)?(?:无休(?:息|假)?|不休(?:息|馆|假)?|不打烊)")
# behind days: these too
AS_USUAL = re.compile(r"照常(?:开放|营业|开馆|服务|使用)?|正常(?:开放|营业|开馆|服务|使用)")
WORKDAY = re.compile(r"(?:法定)?(?:工作日|上班日|办公日|办公天|工作天)")
WEEKDAY_ONLY = re.compile(r"平常?日|平日")
HOLIDAY = re.compile(
    r"(?:(?:政府|行政院|人事行政总处|中央)?(?:公告|规定|核定|颁布)(?:之|的)?)?(?:"
    r"(?:国家)?(?:法定|国定|国家|公共|公众)(?:节假日|假日|节日|假期|节庆|休息日)|国定(?:日|假)|公众假期|public\s+holidays?)"
)
# in everyday speech the weekend is one too
LOOSE_HOLIDAY = re.compile(r"节假日")
STATUTORY_RESTDAY = re.compile(r"(?:国定|法定)例假日")
RESTDAY = re.compile(
    r"(?:国定|法定|国家)(?:假日)?[及与和、,]?(?:例|休)假日|例假日(?:[及与和、,]|以及)(?:国定|法定)假日|"
    r"(?:国定|法定)假日(?:[及与和、,]|以及)例假日|例假日|例休假日|(?<!国定)(?<!法定)假日|休假日|非工作日|非上班日"
)
EVE = re.compile(
    r"(?:(?:法定|国定|国家|公共)?(?:及|或|、)?(?:例)?(?:节)?假日|节日|连假)(?:的|之)?前(?:夕|(?:一|1)[天日])"
)
# 民俗节日: the four festivals of the folk calendar
FOLK = re.compile(
    r"(?:放假之?)?(?:民俗|传统)(?:例?节日|例?假日|例?节庆)|放假之?纪念日[及与和、]民俗(?:节日|假日)"
)
FESTIVALS: tuple[tuple[Festival, re.Pattern[str]], ...] = (
    ("new_year", re.compile(r"(?:农历|旧历)?(?:春节|过年|年节)(?:期间|假期|连假|连续假期)?")),
    ("qingming", re.compile(r"清明节?|民族扫墓节")),
    ("dragon_boat", re.compile(r"端午节?")),
    ("mid_autumn", re.compile(r"中秋节?")),
)
# some public holiday or other: which day it is depends on where and when
SOME_HOLIDAY = re.compile(r"国庆节?日?|劳动节|新年|连假|连续假期|儿童节|(?:和平)?纪念日")
NEW_YEAR = re.compile(
    r"(?:农历|旧历|春节)?(?:年)?(?P<first>除夕夜?|(?:大年|年|正月|春节)?初[一二三四五六七])"
    r"(?:\s*(?:-+|至|到)\s*(?:大年|年|正月)?(?P<last>初[一二三四五六七]))?"
)

MONTH_NAMES = {name: n for n, name in enumerate("一二三四五六七八九", 1)} | {"十": 10, "十一": 11, "十二": 12}
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DATE = rf"{_MONTH}\s*月(?:份)?(?:\s*(?:\d{{1,2}})\s*[日号])?"
MONTHS = re.compile(
    rf"(?<![\d年])(?:(?P<year>20\d\d)\s*年\s*)?(?:(?:每年)?(?P<from>{_MONTH}(?=\s*(?:-|至|到))|{_MONTH}月\s*\d{{1,2}}(?=\s*(?:-|至|到)\s*\d{{1,2}}[日号])|{_DATE})(?:起|初)?\s*(?:-+|至|到)\s*(?:次年|翌年|隔年|来年|第二年|(?P<to_year>20\d\d)年)?\s*(?P<to>{_DATE}|(?P<to_day>\d{{1,2}})[日号])(?:底|止)?"
    rf"|(?P<list>{_MONTH}月?(?:\s*[、,]\s*{_MONTH}月?)*(?<=月))(?!\s*\d)|(?P<one>{_MONTH}月\s*\d{{1,2}}\s*[日号])|(?P<yuan>元旦))"
)
MONTHS_START = frozenset("0123456789一二三四五六七八九十每元")
DATE_PARTS = re.compile(rf"({_MONTH})\s*月?(?:份)?(?:\s*(\d{{1,2}})\s*(?:[日号]|$))?")
SEASON = re.compile(r"夏令(?:时|时间)?|冬令(?:时|时间)?|[夏冬春秋]季?[天日季](?:节)?(?:时间)?|夏冬|春夏|秋冬")

# closed in so many words; 休息 beside times may only be the staff's rest
CLOSED = re.compile(
    r"(?:暂时?|尚|并|皆|均|一律|固定|为|(?:则)?)?(?:(?P<rest>(?:中午|午间)(?=关闭|闭馆|不开放)|(?:午|中午|午间)?休息(?:时间)?|午休(?:时间|时段)?)|"
    r"休馆|休园|休市|公休|休诊|休业|店休|馆休|例休|休店|休站|闭馆|闭园|闭店|闭站|关站|闭门|不开放|(?P<public>[未不]对外开放(?:使用)?)|未开放|无开放|未营业|关闭|关馆|关门|"
    r"不营业|无营业|停止(?:营业|服务|开放|对外)|停业|休假|放假|休(?![闲憩旅息])|暂停(?:开放|营业|服务|使用)?|不提供(?:服务|使用)?|无服务|除外|以外|之外|不含|不包括|不包含|closed|off\b)"
    r"(?:日|时间|时段|时|不开放|(?P<shut>(?:时间|时段)?\s*(?:不开放|休馆|闭馆|关闭)))?(?:不开放|未开放)?"
)
INCLUDING = re.compile(r"(?:均|皆)?(?:包)?含|包括")
EXCEPT = re.compile(r"除了?|扣除|不含|不包括|不包含")
OUTSIDE = re.compile(r"(?<!户)以?外(?!面|侧|部|围|卖|带|来)")

ALL_DAY = re.compile(r"全天候?|全日|整天|整日|全时段|(?:24|二十四)小时制")

# labels and verbs around hours, without a meaning of their own
NOISE = re.compile(
    r"(?:开放|营业|服务)日[:为]|(?:对外|本馆|每周|固定)?(?:开放|营业|服务|使用|开馆|开园|办公|上班|门诊|看诊|受理|供应|运营|营运|开门|作息|参观|借阅)?"
    r"(?:时间|时段)(?:为|是|:)?|(?:对外|均|皆|全部?|都|可)?(?:开放|营业|服务|使用|开馆|开园|供应|开门|运营|营运)|open(?:ing)?(?:\s+hours)?|"
    r"当[天日]|提供|均|皆|都|为|是|之|的|每周|于|在|自|从|另|并|且|及|和|与|也|亦|正常|不间断|白天|日间|免费|可用"
)

# all the hours that were not named
OTHERWISE = re.compile(
    r"(?:其[余他它]|非(?:工作|上班|办公|营业|开放|服务|值守|值班))的?(?:时间|时段|时候)(?:段)?(?:内|里)?"
)
# when somebody is there: of a place with a door of its own, not all of its hours
_STAFF = r"(?:工作人员|管理人员|管理员|专人|人工|站长|志愿者|人员|人)"
STAFFED = re.compile(
    rf"(?:(?:有|由)?{_STAFF}(?:值守|值班|在岗|驻守|看护|服务)|(?<!无人)值守|值班(?=时间|时段))(?:时间|时段)?"
)

# who may enter, and how: never hours. What it swallows holds no word of a day or a time
_WHOM = r"[^\s;,、()\d:周星礼每时点午月日天白假节夜晚早]"
_KEY = r"(?:二维码|门禁[码卡]?|密码|会员[码卡]|工[会卡]卡?|身份证|卡|码|脸)"
# ways in without anybody there
ENTRY = re.compile(
    rf"自助(?:服务|式|使用|开放|进出|进入)*|"
    rf"(?:需|须|凭|请|可|用|应|微信|手机|小程序|通过)*(?:[扫刷]{_KEY}+|凭{_KEY}+|人脸识别|智能门禁|输?入?(?:门禁)?密码)"
    rf"(?:后)?(?:自助)?(?:入[场馆园内站室]|进[场馆园入站门出]|使用|进出|出入|开门|开锁|解锁|通行|入内|即可)*"
)
ACCESS = re.compile(
    rf"[仅只](?:供|限|提供|对){_WHOM}*|限{_WHOM}+(?:使用|进入|入内|专用)|(?:员工|同仁|内部|住户|会员|学员)(?:及{_WHOM}{{1,6}})?专用|"
    rf"(?:需|须|凭|请|应)?(?:购票|凭票|持票|付费|收费|换证|持证|登记|凭证)(?:后)?(?:入[场馆园内]|进[场馆园入]|使用|进出)?|"
    rf"付费区(?:内)?|无人值守|票口(?:内|外)?|内部(?:使用|人员{_WHOM}*)|"
    rf"提供{_WHOM}*?(?:员工|同仁|家长|民众|会员|住户|病患|旅客|学员){_WHOM}*?(?:使用|$|(?=[\s;,]))"
)
WHO = re.compile(
    r"员工|职工|劳动者|环卫|快递|骑手|司机|同仁|家长|住户|会员|病患|患者|旅客|乘客|民众|洽公|访客|顾客|学生|学员|教职|观众|读者|购票|付费|票|刷卡|登记|换证|证件|"
    r"钥匙|密码|专用|柜台|服务台|警卫|保全|借用|索取|询问|门禁|哺乳|妈妈|母婴|人员"
)
RESTRICTS = re.compile(
    r"[仅只限需须凭借票卡]|面向|自助|扫码|刷|识别|专用|登记|索取|钥匙|密码|换证|门禁|内部|付费|未对外|不对外"
)
# a facility's own name, behind 24小时; of another noun, 24小时便利店, they are the hours
FACILITY = re.compile(
    r"驿站|站点|服务[站点]|母婴|哺乳|哺集乳|集乳|职工之家|劳动者|员工|职工|本站|小站|[仅只限供凭需须请]"
)
NOISE_LABEL = re.compile(
    r"(?:开放|营业|服务|使用|开馆|开园|办公|上班|门诊)?(?:时间|时段)\s*[:为是]?\s*$|开放$"
)
PLACE = re.compile(
    r"楼|层|馆|厅|室|中心|大门|[一二三四五六七八九十\d]f|出口|入口|电话|分机|区|栋|站|店|院|园|场|台|处|所|局|欢迎|谢谢|敬请|请"
)
# a note with any of these may be about hours after all
MAY_BE_HOURS = re.compile(
    r"原|曾|学期|开学|课|放学|预约|预订|事先|另|依|视|配合|按|随|比照|同[^仁]|活动(?!中心|室)|展(?!览[馆室厅区]|示|场|馆|厅|区)|演(?!艺|讲)|赛|时|期间|延|提前|提早|"
    r"停(?!车)|暂|关(?!区)|闭|锁|休(?!息室|息区|憩|闲)|假|节|季|暑|寒|夏|冬|农历|每(?!层|楼|间)|周(?!边)|星期|月(?!台)|年|上午|下午|"
    r"早|晚|夜|午|以后|之后|后(?![栋方门侧面])|前(?![往台栋方门侧])|起|截止|最后|公告|临时|不定|例外|除|以外|若|如|逢|遇|才|平(?![面台方])|满|白天|日间|"
    r"或|不|无|未|营业|上班|看诊|门诊|急诊|台风|疫情|消毒|清洁|维修|整修|施工|疑|约|左右|弹性|开放(?!区)|:|小时|分钟"
)
