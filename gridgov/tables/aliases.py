"""What others call gridgov's columns, in Chinese and English.

For every table and column there are tiers of names, the surest first: of a table with both 户编号
and 门牌号, the first is the household's id. Two columns of one tier are for the user to choose
from. Not here, on purpose: names that would change a plan unasked (网格 as ``whole_grid``), a tag
of OpenStreetMap (``building``), and lengths and coordinates of unknown unit or order.
"""

from __future__ import annotations

import re
import unicodedata

Tiers = tuple[tuple[str, ...], ...]


def _tiers(*names: str) -> Tiers:
    return tuple(tuple(tier.split()) for tier in names)


_VILLAGE = _tiers(
    "村 村名 村庄 村名称 行政村 行政村名称 所属村 所在村 所属行政村 所在行政村 村居 村社区 村委会 "
    "villagename",
    "社区 社区名称 所属社区 所在社区 村代码 村编码 villagecode villageid",
)

_HOUSEHOLD = (
    "户编号 户编码 户号 户代码 户码 户id 家庭编号 家庭编码 农户编号 农户编码 农户代码 住户编号 "
    "住户编码 householdid householdno hhid hhno"
)

_POINT = {
    "lon": _tiers("经度 东经 lng long longitude", "住址经度 住房经度 房屋经度"),
    "lat": _tiers("纬度 北纬 latitude", "住址纬度 住房纬度 房屋纬度"),
    "x": _tiers("横坐标 东坐标 easting pointx"),
    "y": _tiers("纵坐标 北坐标 northing pointy"),
}

#: Names of columns by table and column, as `plain_header` writes them.
ALIASES: dict[str, dict[str, Tiers]] = {
    "households": {
        "household": _tiers(
            f"{_HOUSEHOLD} householdnumber householdcode 户籍编号",
            "户主编号 门牌编号 门牌号",
            "编号 id",
        ),
        "village": _VILLAGE,
        "residents": _tiers(
            "人口数 家庭人口 家庭人口数 人口 人数 家庭人数 家庭成员数 家庭总人口 总人口 population "
            "householdsize",
            "常住人口 常住人数",
            "户籍人口 户籍人数",
        ),
        "group": _tiers("村民小组 村民组 小组 组 村组 组别 villagergroup"),
        "together": _tiers("楼栋 楼栋号 楼号 楼幢 幢号 栋号 buildingid buildingno"),
        "tier": _tiers("走访等级 走访类别 联系等级 visittier"),
        "visit_by": _tiers("走访方式 联系方式类别"),
        "overdue": _tiers("欠访次数 overduevisits"),
        **_POINT,
    },
    "members": {
        "member": _tiers(
            "党员编号 党员编码 党员id 党员号 成员编号 成员编码 成员id 联系人编号 memberid memberno "
            "membercode",
            "党员 成员",
            "编号 id",
        ),
        "village": _VILLAGE,
        "capacity": _tiers(
            "容量 最多户数 最多联系户数 最大户数 户数上限 联系户数上限 maxhouseholds"
        ),
        "least": _tiers("最少户数 最少联系户数 最小户数 户数下限 联系户数下限 minhouseholds"),
        "available": _tiers("可用 是否可用", "是否在家 在家 是否在村 在村"),
        "household": _tiers(
            "居住户 居住户编号 居住户编码 居住农户编号 居住农户编码 所在户 所在户编号 所在户编码",
            _HOUSEHOLD,
        ),
        **_POINT,
    },
    "villages": {"village": (*_VILLAGE, ("名称", "name"))},
    "wishes": {
        "member": _tiers(
            "党员编号 党员编码 党员id 党员号 成员编号 成员编码 成员id memberid memberno",
            "党员 成员",
        ),
        "wish": _tiers("意愿 愿望 要求"),
        "household": _tiers(_HOUSEHOLD),
        "grid": _tiers("网格编号 网格号 网格代码 gridcode gridid", "网格"),
    },
    "officers": {
        "officer": _tiers(
            "干部编号 包村干部编号 负责人编号 officerid officerno", "干部 包村干部", "编号 id"
        ),
        "capacity": _tiers("最多村数 村数上限 maxvillages"),
        **_POINT,
    },
    "contacts": {
        "member": _tiers(
            "党员编号 党员编码 党员id 党员号 成员编号 成员编码 成员id 联系人编号 memberid memberno "
            "membercode",
            "编号 id",
        ),
        "name": _tiers("姓名 名字 fullname", "党员姓名 党员 联系人"),
        "phone": _tiers(
            "手机 手机号 手机号码 mobile", "电话 电话号码 联系电话 联系方式 telephone tel"
        ),
    },
    "days_off": {
        "member": _tiers("党员编号 党员id 党员号 成员编号 成员id memberid memberno", "党员 成员"),
        "week": _tiers("周 周次 第几周"),
        "day": _tiers("天 第几天"),
        "date": _tiers("日期 休息日期 休假日期"),
    },
    "visits_done": {
        "household": _tiers(_HOUSEHOLD),
        "member": _tiers("走访人 党员编号 党员id 党员号 memberid memberno", "党员 成员"),
        "week": _tiers("周 周次 第几周"),
        "day": _tiers("天 第几天"),
        "date": _tiers("走访日期 日期"),
        "kind": _tiers("走访方式 方式"),
        "result": _tiers("走访结果 结果"),
    },
    "nodes": {"node_id": _tiers("节点编号 节点id osmid", "编号 id"), **_POINT},
    "edges": {"u": _tiers("起点 起点编号"), "v": _tiers("终点 终点编号")},
}

#: What a sheet of a table may be called, without words such as 表 or 名单 at its end.
SHEETS: dict[str, tuple[str, ...]] = {
    "households": ("households", "household", "户", "农户", "住户", "家庭", "户籍", "家庭户"),
    "members": ("members", "member", "党员", "成员", "党员成员"),
    "villages": ("villages", "village", "村", "村界", "行政村"),
    "wishes": ("wishes", "wish", "意愿", "愿望"),
    "officers": ("officers", "officer", "干部", "包村干部"),
    "contacts": ("contacts", "contact", "联系方式", "通讯录", "党员"),
    "days_off": ("daysoff", "dayoff", "holidays", "休息日", "休假", "节假日"),
    "visits_done": ("visitsdone", "visits", "走访", "走访记录"),
    "nodes": ("nodes", "node", "节点"),
    "edges": ("edges", "edge", "边"),
}

_SHEET_ENDS = re.compile(
    "(基本情况|基础信息|信息|数据|名单|花名册|名册|底册|底数|清单|台账|登记|统计|汇总|一览|表|册)+$"
)


def plain_header(text: object) -> str:
    """Write a name without what does not matter: width, case, spaces, signs, units in brackets."""
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    return re.sub(r"[\W_]+", "", re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", plain))


def plain_sheet(text: str) -> str:
    """Write the name of a sheet as `SHEETS` does."""
    plain = plain_header(text)
    return _SHEET_ENDS.sub("", plain) or plain
