"""What people read in an exported plan, in English and in Chinese."""

# ruff: noqa: RUF001 - Chinese text has Chinese punctuation

from __future__ import annotations

from typing import NamedTuple

from gridgov.languages import LANGUAGES, Language

__all__ = ["LANGUAGES", "WORDINGS", "Language", "Wording", "words"]


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

    Examples
    --------
    >>> words("en")["leader"], words("zh")["leader"]
    ('grid leader', '网格长')
    """
    return {key: getattr(wording, lang) for key, wording in WORDINGS.items()}
