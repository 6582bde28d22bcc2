"""What people read in an exported plan, in English and in Chinese."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

from typing import NamedTuple

from gridgov.errors import ExportError
from gridgov.languages import LANGUAGES, Language
from gridgov.rules import Rules

__all__ = ["LANGUAGES", "WORDINGS", "Language", "Wording", "day_name", "words"]


class Wording(NamedTuple):
    """The same words in each language."""

    en: str
    zh: str


#: Words by what they stand for; columns of `Plan.summary` and `Plan.households` by their names.
WORDINGS: dict[str, Wording] = {
    # sheets
    "title": Wording("Grid plan and visit ledger", "微网格划分与入户走访台账"),
    "overview": Wording("Overview", "总览"),
    "notices": Wording("Notices", "责任牌"),
    # places and people
    "town": Wording("Town", "合计"),
    "village": Wording("village", "村"),
    "party_group": Wording("party group", "党小组"),
    "grid": Wording("grid", "微网格"),
    "leader": Wording("grid leader", "网格长"),
    "member": Wording("contact", "联系党员"),
    "contacts": Wording("contacts", "联系党员"),
    "deputy": Wording("deputy", "候补联系党员"),
    "household": Wording("household", "户编号"),
    "group": Wording("villager group", "村民小组"),
    "residents": Wording("residents", "人口"),
    "member_distance_m": Wording("to contact, m", "距联系党员（米）"),
    # what is known of members
    "leader_name": Wording("leader: name", "网格长姓名"),
    "member_name": Wording("contact: name", "联系党员姓名"),
    "deputy_name": Wording("deputy: name", "候补联系党员姓名"),
    "deputy_phone": Wording("deputy: phone", "候补联系党员电话"),
    "planned_visits": Wording(
        "planned visits (month-day, or week/day)", "计划走访（月-日，或周/天）"
    ),
    # the record of visits, numbered from 1
    "date": Wording("visit {number}: date", "第{number}次走访：日期"),
    "visitor": Wording("visit {number}: visitor", "第{number}次走访：走访人"),
    "remarks": Wording("visit {number}: remarks", "第{number}次走访：备注"),
    # figures
    "households": Wording("households", "户数"),
    "grids": Wording("grids", "微网格数"),
    "smallest": Wording("smallest grid", "最小网格户数"),
    "largest": Wording("largest grid", "最大网格户数"),
    "members": Wording("members", "党员数"),
    "mean_m": Wording("mean to grid's middle, m", "到网格中心平均距离（米）"),
    "longest_m": Wording("longest to grid's middle, m", "到网格中心最远距离（米）"),
    "walk_m": Wording("mean to contact, m", "到联系党员平均距离（米）"),
    "walk_longest_m": Wording("longest to contact, m", "到联系党员最远距离（米）"),
    "visits_due": Wording("visits due", "应访户次"),
    "visits_planned": Wording("visits planned", "已排户次"),
    "visits_dropped": Wording("visits not planned", "未排户次"),
    "round_m": Wording("mean walk of a day, m", "每天平均步行（米）"),
    "round_longest_m": Wording("longest walk of a day, m", "每天最长步行（米）"),
    "gap": Wording("gap of the grids", "网格差距"),
    "pairing_gap": Wording("gap of the pairing", "结对差距"),
    "exceptions": Wording("exceptions", "例外"),
    "findings": Wording("findings of the audit", "审核问题"),
    "good": Wording(
        "Audit: good. Errors: {errors:,}. Warnings: {warnings:,}.",
        "审核：通过。错误：{errors:,}。提醒：{warnings:,}。",
    ),
    "not_good": Wording(
        "Audit: NOT GOOD. Errors: {errors:,}. Warnings: {warnings:,}.",
        "审核：未通过。错误：{errors:,}。提醒：{warnings:,}。",
    ),
    "how_to_read": Wording(
        "Gap: no plan by the same rules and with as many grids has a total distance shorter by "
        "more than this share; 0.00% is the best that can be. Empty: not known for this village "
        "by itself.",
        "差距：在相同规则和网格数下，任何方案的总距离最多只能再缩短这一比例；0.00% 表示已证明最优。"
        "空白：该村没有单独的证明。",
    ),
    # walks
    "walks": Wording("Visits", "走访"),
    "walk_to": Wording(
        "Visits: {stops:,} on a walk of {metres:,.0f} m", "走访{stops:,}户，步行{metres:,.0f}米"
    ),
    "calls": Wording("by phone: {calls:,}", "电话联系{calls:,}户"),
    "and": Wording("; ", "；"),
    "by_phone": Wording("By phone", "电话"),
    "not_planned": Wording("Due and not planned (planned / due)", "应访未排（已排 / 应访）"),
    "reason_of": Wording("{reason}: {households}", "{reason}：{households}"),
    "week_sheets": Wording("Week sheets", "每周走访单"),
    "week_of": Wording("week {week} of {weeks}", "第{week}周（共{weeks}周）"),
    "day": Wording("Day {day}", "第{day}天"),
    "weekdays": Wording("Mon Tue Wed Thu Fri Sat Sun", "周一 周二 周三 周四 周五 周六 周日"),
    "months": Wording(
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "1 2 3 4 5 6 7 8 9 10 11 12"
    ),
    "one_date": Wording("{weekday} {day} {month}", "{month}月{day}日 {weekday}"),
    "walk_of": Wording("walk {metres:,.0f} m", "步行{metres:,.0f}米"),
    "visits": Wording("visits", "走访户次"),
    "walk": Wording("walk, m", "步行（米）"),
    "stop": Wording("stop", "顺序"),
    "done": Wording("done", "完成"),
    "note": Wording("note", "备注"),
    "no_visits": Wording("No visits this week.", "本周没有走访。"),
    "dropped": Wording("households not planned in full", "未排足的户数"),
    "contents": Wording("Contents", "目录"),
    # notices
    "phone": Wording("phone", "联系电话"),
    "photo": Wording("photo", "照片"),
}


def words(lang: Language) -> dict[str, str]:
    """Words of one language.

    Parameters
    ----------
    lang
        Which language.

    Returns
    -------
    dict
        By what they stand for, as in `WORDINGS`.

    Raises
    ------
    ExportError
        The language is not known.

    Examples
    --------
    >>> words("en")["leader"], words("zh")["leader"]
    ('grid leader', '网格长')
    """
    if lang not in LANGUAGES:
        msg = f"the language {lang!r} is not known; known languages: {', '.join(LANGUAGES)}."
        raise ExportError(msg)
    return {key: getattr(wording, lang) for key, wording in WORDINGS.items()}


def day_name(rules: Rules, week: int, day: int, lang: Language) -> str:
    """What a walking day is called: its weekday and date, where the rules know them.

    Parameters
    ----------
    rules
        The rules of the visits.
    week, day
        Week of the cycle and walking day of the week, from 1.
    lang
        Which language.

    Returns
    -------
    str

    Examples
    --------
    >>> day_name(Rules(days=5), 1, 2, "en")
    'Day 2'
    >>> day_name(Rules(days=5, first_day="2026-09-28"), 1, 2, "zh")
    '9月29日 周二'
    """
    said = words(lang)
    if rules.first_day is None:
        return said["day"].format(day=day)
    date = rules.date_of(week, day)
    return said["one_date"].format(
        weekday=said["weekdays"].split()[date.weekday()],
        day=date.day,
        month=said["months"].split()[date.month - 1],
    )
