"""Words of tables and columns in Chinese, as a town office uses them."""

from __future__ import annotations

#: Input tables.
TABLES = {
    "households": "住户",
    "members": "党员",
    "villages": "村界",
    "barriers": "屏障",
    "wishes": "意愿",
    "officers": "干部",
    "days_off": "休息日",
    "visits_done": "走访记录",
    "paths": "道路",
    "nodes": "节点",
    "edges": "路段",
    "crs": "坐标系",
    "coords": "坐标体系",
    "columns": "列名",
    "sheets": "工作表",
}

SEVERITIES = {"error": "错误", "repair": "已修正", "warning": "提醒"}

#: Columns, units, and what an empty cell says.
_WORDS = {
    "household": "户编号",
    "village": "村",
    "residents": "人口数",
    "group": "村民小组",
    "together": "楼栋",
    "lock": "锁定",
    "whole_grid": "现成网格",
    "member": "党员编号",
    "capacity": "最多户数",
    "least": "最少户数",
    "available": "是否可用",
    "wish": "意愿",
    "grid": "网格编号",
    "weight_m": "权重",
    "tier": "走访等级",
    "visit_by": "走访方式",
    "overdue": "欠访次数",
    "week": "周",
    "day": "天",
    "date": "日期",
    "kind": "方式",
    "result": "结果",
    "officer": "干部编号",
    "node_id": "节点编号",
    "u": "起点",
    "v": "终点",
    "length_m": "长度",
    "lon": "经度",
    "lat": "纬度",
    "x": "东坐标",
    "y": "北坐标",
    "people": "人",
    "visits": "次",
    "weeks": "周",
    "days": "天",
    "none": "无",
    "every week": "每周",
    "the whole week": "整周",
    "no date": "没有日期",
    "households": "户",
    "villages": "村",
    "metre": "米",
    "metres": "米",
    "degree": "度",
    "yes": "“是”",
    "not stated": "未注明",
    "must and never": "must 或 never",
    "that of its line": "线的实际长度",
}


def chinese(word: str) -> str:
    """Word for a column, a unit, or what an empty cell says.

    Parameters
    ----------
    word
        In English.

    Returns
    -------
    str
        The word itself where no other is known.

    Examples
    --------
    >>> chinese("residents"), chinese("US survey foot")
    ('人口数', 'US survey foot')
    """
    return _WORDS.get(word, word)
