// What a map says, in English and in Chinese.
"use strict";

const WORDS = {
  en: {
    other: "中文", search: "Find", id: "household, grid or member", layers: "Layers",
    figures: "Figures", whole: "All", closer: "Zoom in", farther: "Zoom out",
    nothing: "Nothing is called", town: "Whole town", household: "Household", grid: "Grid",
    member: "Member", village: "Village", group: "Group", contact: "Contact", deputy: "Deputy",
    leader: "Leader", homes: "Households", households: "Households", residents: "Residents", members: "Members",
    grids: "Grids", groups: "Groups", villages: "Villages", barriers: "Barriers", paths: "Paths",
    lines: "Pairing", medoid: "Medoid", to_medoid: "To the medoid", to_contact: "To the contact",
    to_deputy: "To the deputy", walk: "Walk, all households", cost: "All to the medoid",
    exception: "Exception", sizes: "Households of a grid", mean: "To the medoid, mean",
    longest: "To the medoid, longest", loads: "Households of a member",
    walk_mean: "To the contact, mean", walk_longest: "To the contact, longest",
    shared: "Grids of a member, mean", exceptions: "Exceptions", gap: "Gap of the grids",
    pairing_gap: "Gap of the pairing", audit: "Audit", good: "good", bad: "NOT GOOD", errors: "errors",
    warnings: "warnings", metres: "Metres",
    names: "Names", several: "villages", few: "fewer than {fewest}", withheld: "withheld",
    cells: "Ground in cells of",
  },
  zh: {
    other: "EN", search: "查找", id: "户、微网格或党员编号", layers: "图层",
    figures: "数据", whole: "全图", closer: "放大", farther: "缩小",
    nothing: "没有找到", town: "合计", household: "户", grid: "微网格",
    member: "党员", village: "村", group: "党小组", contact: "联系党员", deputy: "候补联系党员",
    leader: "网格长", homes: "住户", households: "户数", residents: "人口", members: "党员",
    grids: "微网格", groups: "党小组", villages: "村界", barriers: "障碍", paths: "道路",
    lines: "结对", medoid: "中心户", to_medoid: "到中心户", to_contact: "到联系党员",
    to_deputy: "到候补联系党员", walk: "到各户总距离", cost: "各户到中心户合计",
    exception: "例外", sizes: "每个微网格户数", mean: "到中心户平均",
    longest: "到中心户最远", loads: "每名党员户数",
    walk_mean: "到联系党员平均", walk_longest: "到联系党员最远",
    shared: "每名党员平均微网格数", exceptions: "例外", gap: "网格差距",
    pairing_gap: "结对差距", audit: "审核", good: "通过", bad: "未通过", errors: "错误",
    warnings: "提醒", metres: "米",
    names: "村名", several: "个村", few: "少于{fewest}", withheld: "不公开",
    cells: "范围单元边长",
  },
};

