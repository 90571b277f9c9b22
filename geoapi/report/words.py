"""Everything the report says, in Chinese and English. `{…}` is filled in; `<b>` is the only element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geoapi.errors import Words

WORDS: Final[Mapping[str, Words]] = {
    # -- the title block
    "kicker": Words("服务覆盖评估报告", "Service coverage report"),
    "title": Words("{area} · {noun}覆盖", "{area} · {noun} coverage"),
    "at": Words("时点", "Time"),
    "limit": Words("步行范围", "Walking limit"),
    "layer": Words("需求图层", "Demand layer"),
    "kinds": Words("计入类别", "Kinds counted"),
    "made": Words("生成", "Made"),
    "week": Words("所选一周", "Week chosen"),
    "sample": Words(
        "示例数据：本报告的需求数据为演示而编制，不能作为决策依据。",
        "Sample data: the demand in this report was made up for demonstration; do not base decisions on it.",
    ),
    "contents": Words("目录", "Contents"),
    "station": Words("站点", "station"),
    "with": Words("配有{amenities}的{noun}", "{noun} with {amenities}"),
    "and": Words("、", ", "),
    "comma": Words("，", ", "),
    "semicolon": Words("；", "; "),
    "brackets": Words("（{inner}）", " ({inner})"),
    "reach_minutes": Words("步行 {minutes} 分钟", "a walk of {minutes} minutes"),
    "reach_metres": Words("步行 {metres}", "a walk of {metres}"),
    # -- the answer
    "answer": Words(
        "{when}{area}有 <b>{n}</b>（<b>{share}</b>）{reach}内没有开放的{noun}。",
        "{when}<b>{n}</b> (<b>{share}</b>) in {area} have no open {noun} within {reach}.",
    ),
    "answer_by_area": Words(
        "{when}{area}有 <b>{n}</b>（<b>{share}</b>）的地方{reach}内没有开放的{noun}。",
        "{when}<b>{n}</b> (<b>{share}</b>) of {area} have no open {noun} within {reach}.",
    ),
    "answer_none": Words(
        "{when}{area}的全部 <b>{n}</b>{reach}内都有开放的{noun}。",
        "{when}all <b>{n}</b> in {area} have an open {noun} within {reach}.",
    ),
    "answer_empty": Words(
        "{area}在所选的需求图层里没有任何需求，无法计算覆盖。",
        "The chosen demand layer has nothing in {area}: there is no coverage to work out.",
    ),
    "answer_range": Words(
        "有些站点的开放时间不明，上面按关闭计算；如果它们都开放，则为 <b>{n}</b>（<b>{share}</b>）。",
        "Stations with unknown hours are counted as closed here; if all of them are open, it is"
        " <b>{n}</b> (<b>{share}</b>).",
    ),
    "answer_sure": Words(
        "开放时间不明的站点不影响这个数字。", "Stations with unknown hours make no difference to this figure."
    ),
    "prefix": Words("{when}，", "At {when}, "),
    "key": Words("主要数字", "Key figures"),
    "k_uncovered": Words("没有开放站点可去", "No open station in reach"),
    "k_uncovered_sub": Words("共 {total}", "of {total}"),
    "k_covered": Words("此时已覆盖", "Covered at this time"),
    "k_covered_sub": Words("不明时间按关闭–按开放", "unknown hours counted closed – counted open"),
    "k_week": Words("全周平均覆盖", "Covered, mean of the week"),
    "k_week_sub": Words("168 个整点的平均", "mean of the 168 hours"),
    "k_worst": Words("全周最差时点", "Worst hour of the week"),
    "k_worst_sub": Words("覆盖 {share}", "{share} covered"),
    "k_gaps": Words("空白片区", "Gaps"),
    "k_gaps_sub": Words("最大一处影响 {n}", "the largest affects {n}"),
    "k_gaps_none": Words("没有空白片区", "there is none"),
    "k_stations": Words("计入站点", "Stations counted"),
    "k_stations_sub": Words("其中 {n} 个（{share}）开放时间不明", "{n} of them ({share}) with unknown hours"),
    # -- gaps
    "s_gaps": Words("空白片区：谁的附近没有开放的站点", "Gaps: who has no open station nearby"),
    "gaps_lead": Words(
        "{when}共有 {n} 个空白片区，涉及 {people}。图上标出影响人数最多的 {marked} 个，编号与下表一致。",
        "{when}there are {n} gaps with {people}. The {marked} that affect the most are numbered on the map"
        " as in the table.",
    ),
    "gaps_zero": Words(
        "{when}{area}没有空白片区：{reach}内处处有开放的站点。",
        "{when}there is no gap in {area}: an open station is within {reach} everywhere people are counted.",
    ),
    "gap_map": Words("{area}空白片区图", "Map of the gaps in {area}"),
    "gap_table": Words("影响人数最多的空白片区", "The gaps that affect the most"),
    "gap_legend": Words("片区内无开放站点的{unit}", "{unit} without an open station, per gap"),
    "below": Words("不到 {high}", "below {high}"),
    "between": Words("{low}–{high}", "{low}–{high}"),
    "from": Words("{low}及以上", "{low} and more"),
    "one_class": Words("空白片区", "gap"),
    "gap_district": Words("所在区", "District"),
    "gap_centre": Words("中心（经度，纬度）", "Centre (lon, lat)"),
    "gap_people": Words("影响（{unit}）", "Affected ({unit})"),
    "gap_if_open": Words("不明时间都开放时", "If unknown hours are open"),
    "gap_area": Words("面积", "Area"),
    "gap_mean": Words("平均要走", "Mean distance"),
    "gap_nearest": Words("最近的开放站点", "Nearest open station"),
    "gap_hours": Words("一周内存在的时段", "Hours of the week it exists"),
    "gap_none_near": Words("此时没有开放的站点", "none is open at this time"),
    "gap_always": Words("全部 168 小时", "all 168 hours"),
    "gap_count": Words("{n} 小时", "{n} hours"),
    "more_rows": Words(
        "另有 {n} 个较小的空白片区，共 {people}，没有列入表中。",
        "{n} smaller gaps with {people} together are not in the table.",
    ),
    # -- map furniture
    "north": Words("北", "N"),
    "legend": Words("图例", "Legend"),
    "st_open": Words("此时开放（{n}）", "open at this time ({n})"),
    "st_closed": Words("此时关闭（{n}）", "closed at this time ({n})"),
    "st_unknown": Words("开放时间不明（{n}）", "hours unknown ({n})"),
    "stations_on_map": Words("现有站点", "Existing stations"),
    "l_edge": Words("{area}边界", "boundary of {area}"),
    "l_line": Words("区界", "district boundaries"),
    "l_reach": Words("新站点的步行范围（直线估计）", "within reach of it (straight line)"),
    "l_faint": Words("现有空白片区", "gaps today"),
    "l_site": Words("建议新增站点", "proposed site"),
    "no_dots": Words("图上没有画出现有站点：{why}", "Existing stations are not drawn: {why}"),
    # -- the week
    "s_week": Words("一周 168 小时的覆盖", "Coverage over the 168 hours of the week"),
    "week_lead": Words(
        "最差的时点是 <b>{worst}</b>，覆盖 <b>{share}</b>；最好的时点是 {best}，覆盖 {best_share}。",
        "The worst hour is <b>{worst}</b> with <b>{share}</b> covered; the best is {best} with {best_share}.",
    ),
    "week_flat": Words(
        "一周 {n} 个小时都一样，覆盖 <b>{share}</b>。",
        "All {n} hours of the week are alike: <b>{share}</b> covered.",
    ),
    "hours_alike": Words("{hour} 等 {n} 个小时", "{hour} and {n} hours alike"),
    "week_mean": Words("全周平均覆盖 {share}。", "The mean of the week is {share}."),
    "week_cell": Words(
        "每格数字：已覆盖的百分比（开放时间不明的按关闭计）",
        "In each cell: per cent covered (unknown hours counted closed)",
    ),
    "week_hatch": Words(
        "斜线：不明时间的影响超过 5 个百分点", "hatched: unknown hours matter by more than 5 points"
    ),
    "week_worst_mark": Words("粗框：最差时点", "thick frame: the worst hour"),
    "week_percent": Words("已覆盖", "covered"),
    "holiday": Words("休", "H"),
    "makeup": Words("班", "W"),
    "holiday_legend": Words("休：法定节假日", "H: public holiday"),
    "makeup_legend": Words("班：调休上班", "W: make-up workday"),
    "week_cell_title": Words("{day} {hour}：{share}", "{day} {hour}: {share}"),
    # -- ranking
    "s_ranking": Words("各区排名", "Ranking of districts"),
    "ranking_lead": Words(
        "{area}在 {n} 个区里覆盖率从低到高排第 <b>{rank}</b>（第 1 为最差）。",
        "Of {n} districts, {area} is number <b>{rank}</b> from the least covered (1 is the worst).",
    ),
    "ranking_city": Words(
        "{n} 个区按覆盖率从低到高排列，第 1 为最差：{worst}（{share}）。",
        "{n} districts from the least covered; number 1 is the worst: {worst} ({share}).",
    ),
    "ranking_alike": Words(
        "{n} 个区的覆盖率都一样：{share}，没有最差的一个。",
        "All {n} districts are alike, {share} covered: none is the worst.",
    ),
    "ranking_tied": Words(
        "{n} 个区并列最差，覆盖率 {share}。", "{n} districts share the last place with {share}."
    ),
    "tied": Words("（并列）", " (tied)"),
    "ranking_more": Words(
        "另有 {n} 个区没有列出，覆盖率都不低于表中第 {rows} 行。",
        "… and {n} more districts, none of them less covered than row {rows} of the table.",
    ),
    "ranking_more_alike": Words(
        "另有 {n} 个区没有列出，覆盖率相同。", "… and {n} more districts, all alike."
    ),
    "ranking_note": Words(
        "色条：不明时间按关闭时的覆盖率；细线：到不明时间都开放为止。",
        "Bar: share covered with unknown hours counted closed; thin line: up to all of them open.",
    ),
    "rank": Words("排名", "Rank"),
    "district": Words("区", "District"),
    "covered_share": Words("覆盖率", "Share covered"),
    "uncovered_n": Words("未覆盖（{unit}）", "Uncovered ({unit})"),
    "outside": Words(
        "另有 {people}（{points} 个需求点）不在任何一个区内，不计入排名。",
        "{people} ({points} demand points) lie in no district and are not ranked.",
    ),
    # -- distances
    "s_distances": Words("走到最近的开放站点要多远", "How far the nearest open station is"),
    "if_closed": Words("不明时间按关闭", "Unknown hours counted closed"),
    "if_open": Words("不明时间按开放", "Unknown hours counted open"),
    "d_mean": Words("平均距离", "Mean distance"),
    "d_mean_plain": Words("所有人平均要走这么远。", "What people have to walk on average."),
    "d_p90": Words("90% 的人不超过", "90 % walk at most"),
    "d_p90_plain": Words(
        "每十个人里有九个，走不到这么远就有一个。", "Nine people of ten have one no farther than this."
    ),
    "d_worst": Words("最远一成人的平均", "Mean of the farthest tenth"),
    "d_worst_plain": Words(
        "住处或工作地离得最远的十分之一，平均要走这么远。",
        "The tenth of the people who are farthest away walk this far on average.",
    ),
    "d_gini": Words("距离的基尼系数", "Gini of the distances"),
    "d_gini_plain": Words(
        "0 表示人人一样远，越接近 1 越不均。现在任意两个人要走的距离平均相差 {difference}。",
        "0: equally far for everyone; the nearer to 1, the more unequal. Two people"
        " picked at random differ by"
        " {difference} on average.",
    ),
    "d_gini_unknown": Words(
        "0 表示人人一样远，越接近 1 越不均。",
        "0: equally far for everyone; the nearer to 1, the more unequal.",
    ),
    "d_none": Words(
        "此时没有任何站点开放，没有距离可言。", "No station is open at this time, so there are no distances."
    ),
    "d_note": Words(
        "距离按步行距离计，走多远都算，不限于{reach}以内。",
        "Distances are as walked, however far, not only within {reach}.",
    ),
    "measure": Words("指标", "Measure"),
    "meaning": Words("意思", "In plain words"),
    # -- sites
    "s_sites": Words("下一批站点建在哪里", "Where the next stations should go"),
    "sites_lead": Words(
        "按下列次序新增 {n} 个站点，覆盖率从 <b>{before}</b> 升到 <b>{after}</b>，多覆盖 <b>{gain}</b>。",
        "{n} new stations in this order raise coverage from <b>{before}</b> to <b>{after}</b>:"
        " <b>{gain}</b> more.",
    ),
    "sites_none": Words("没有任何候选位置能再多覆盖人。", "No candidate place would cover anyone more."),
    "site_map": Words("{area}建议新增站点图", "Map of the proposed sites in {area}"),
    "site_table": Words("建议新增的站点", "Proposed sites"),
    "site_place": Words("位置（经度，纬度）", "Place (lon, lat)"),
    "site_gain": Words("新增覆盖（{unit}）", "Gain ({unit})"),
    "site_covered": Words("累计覆盖（{unit}）", "Covered then ({unit})"),
    "site_share": Words("累计覆盖率", "Share then"),
    "curve": Words("每增加一个站点后的覆盖率", "Share covered after each new station"),
    "curve_axis": Words("新增站点数", "new stations"),
    "curve_note": Words("纵轴不从 0 开始。", "The axis does not begin at 0."),
    "solver_greedy": Words(
        "选址方法：每一步都取新增覆盖最多的位置（贪心法）；通常很接近最优，但没有证明是最优。",
        "Method: at each step the place that adds most (greedy); usually close to the"
        " best, but not proven to be it.",
    ),
    "solver_optimal": Words(
        "选址方法：精确求解（HiGHS），已证明没有更好的组合。",
        "Method: solved exactly (HiGHS); no better combination exists.",
    ),
    "solver_bound": Words(
        "选址方法：精确求解（HiGHS）在限定时间内没有完成证明；与可能的最好结果相差不超过 {gap}。",
        "Method: the exact solver (HiGHS) ran out of time before it could prove the"
        " best; it is within {gap} of it.",
    ),
    # -- extensions
    "s_extensions": Words("延长哪些站点的开放时间", "Which stations should stay open longer"),
    "ext_lead": Words(
        "不建新站，只延长开放时间：按每增加一小时能多服务多少人排序。",
        "Instead of new stations, longer hours: ranked by what each extra hour brings.",
    ),
    "ext_none": Words(
        "延长现有站点的时间不会多覆盖人。", "Longer hours of existing stations would cover nobody more."
    ),
    "ext_station": Words("站点", "Station"),
    "ext_now": Words("现在的开放时间", "Hours today"),
    "ext_add": Words("建议增加", "Add"),
    "ext_hours": Words("每周增加（小时）", "Extra hours a week"),
    "ext_gain": Words("每周新增（{unit}·小时）", "Gain a week ({unit} × hours)"),
    "ext_rate": Words("每小时新增（{unit}）", "Gain per hour ({unit})"),
    "ext_unknown": Words("未填写", "not stated"),
    # -- targets
    "s_targets": Words("建设目标完成情况", "Targets"),
    "targets_lead": Words(
        "计划数与现有数对比。条形：深色为此时开放，浅色为现有其余，空框为计划尚缺。",
        "Planned against existing. Bar: dark is open at this time, light the rest that"
        " exists, empty what is missing.",
    ),
    "targets_none": Words("没有建设目标。", "There are no targets."),
    "t_kind": Words("类别", "Kind"),
    "t_planned": Words("计划", "Planned"),
    "t_existing": Words("现有", "Existing"),
    "t_verified": Words("一年内核实", "Verified within a year"),
    "t_open": Words("此时开放", "Open now"),
    "t_unknown": Words("时间不明", "Hours unknown"),
    "t_missing": Words("尚缺", "Missing"),
    "t_due": Words("期限", "Due"),
    "t_progress": Words("进度", "Progress"),
    "t_total": Words("合计", "Total"),
    "targets_unplanned": Words(
        "没有录入计划数；现有 {n} 个站点，没有可比的目标。",
        "No planned numbers have been entered: {n} stations exist, with nothing to compare them to.",
    ),
    "t_unplanned": Words("没有计划数的类别：{kinds}。", "Kinds without a plan: {kinds}."),
    "t_there": Words("现有 {n}", "{n} exist"),
    "t_surplus": Words(
        "合计的“尚缺”是各区尚缺之和：一个区多建的站点补不了另一个区的缺口。",
        "“Missing” in a total adds up the districts' own: what one district has beyond its plan does not help"
        " another.",
    ),
    "t_sources": Words("目标来源：{sources}", "Source of the targets: {sources}"),
    # -- the method
    "s_method": Words("方法与读法", "Method, and how to read this"),
    "m_demand": Words("需求图层", "Demand layer"),
    "m_demand_is": Words("{name}，{points} 个点，共 {total}", "{name}: {points} points, {total} in all"),
    "m_as_of": Words("数据日期", "As of"),
    "m_source": Words("来源", "Source"),
    "m_by_area": Words(
        "没有载入人口等需求数据，因此按面积计算：每块地同样重要，无论有没有人。",
        "No demand is loaded, so this goes by area: every piece of land counts alike,"
        " whether or not anyone is there.",
    ),
    "m_limit": Words("步行上限", "Limit"),
    "m_limit_is": Words("{metres}（{asked}）", "{metres} ({asked})"),
    "m_model": Words("距离模型", "Distance model"),
    "m_straight": Words(
        "直线距离 × 绕行系数 {factor}，步行速度 {speed} 米/秒",
        "straight line × detour factor {factor}, walking at {speed} m/s",
    ),
    "m_walk": Words(
        "步行路网“{network}”（{as_of}），步行速度 {speed} 米/秒",
        "walking network “{network}” ({as_of}), walking at {speed} m/s",
    ),
    "m_time": Words("时点与时区", "Time and zone"),
    "m_week": Words("所选一周", "Week"),
    "m_week_is": Words("{start} 至 {end}，168 个整点", "{start} to {end}, 168 hours on the hour"),
    "m_holidays": Words("节假日与调休", "Holidays and make-up days"),
    "m_no_holidays": Words("这一周没有节假日和调休", "none in this week"),
    "m_kinds": Words("计入类别", "Kinds counted"),
    "m_all_kinds": Words("全部类别", "all kinds"),
    "m_amenities": Words("要求的设施", "Amenities required"),
    "m_any_amenity": Words("不限", "none in particular"),
    "m_stations": Words("站点", "Stations"),
    "m_stations_is": Words(
        "计入 {counted} 个；其中 {verified} 个一年内核实过；最近一次更新 {newest}",
        "{counted} counted; {verified} of them verified within a year; last change {newest}",
    ),
    "m_unknown": Words("开放时间不明", "Unknown hours"),
    "m_unknown_is": Words(
        "{n} 个站点，占 {share}；凡受其影响的数字都给出两个：都按关闭、都按开放",
        "{n} stations, {share}; every figure they affect is given twice: all of"
        " them closed, all of them open",
    ),
    "m_attribution": Words("边界、路网与需求的来源", "Outlines, network, demand"),
    "m_not_stated": Words("未注明", "not stated"),
    "m_not_known": Words("不知道的事", "What is not known"),
    "nk_unknown": Words("{n} 个站点此时是否开放。", "Whether {n} stations are open at this time."),
    "nk_verified": Words(
        "{n} 个站点一年内没有核实，可能已搬迁或关闭。",
        "{n} stations have not been verified within a year; they may have moved or closed.",
    ),
    "nk_straight": Words(
        "真实的步行路线：河流、铁路、围墙可能使路更长，绕行系数只是平均值。",
        "The real ways on foot: rivers, railways and walls can make them longer; the"
        " detour factor is an average.",
    ),
    "nk_walk": Words(
        "路网里没有的小路、临时封路和大门的开关时间。",
        "Paths that the network lacks, closed roads, and when gates are open.",
    ),
    "nk_capacity": Words(
        "站点能否容纳：有开放的站点不等于有空位。",
        "Whether there is room: an open station is not a free seat.",
    ),
    "nk_moving": Words(
        "人们在这一时刻到底在哪里：需求图层不随时间变化。",
        "Where people are at that very hour: the demand layer does not change with the time.",
    ),
    "m_how": Words("怎样读这些数字", "How to read the figures"),
    "how_covered": Words(
        "“已覆盖”指{reach}内至少有一个当时开放的站点；“空白片区”是连成一片的未覆盖地方。",
        "“Covered” means that at least one station within {reach} is open at that"
        " time; a “gap” is a connected"
        " uncovered area.",
    ),
    "how_range": Words(
        "写成“a–b”的数字是一个范围：真实值在两端之间，取决于时间不明的站点。",
        "A figure written “a–b” is a range: the truth lies between, and depends on the"
        " stations with unknown hours.",
    ),
    "how_rank": Words("排名第 1 表示最差，最需要关注。", "Rank 1 is the worst, and needs attention first."),
    "how_color": Words(
        "颜色越深，情况越差；灰度打印也能分辨。", "The darker, the worse; this holds in greyscale print, too."
    ),
    "how_round": Words(
        "各数单独四舍五入，相加可能相差 1。", "Figures are rounded one by one; sums may be off by 1."
    ),
    # -- the contents' short names
    "n_gaps": Words("空白片区", "Gaps"),
    "n_week": Words("一周 168 小时", "Week"),
    "n_ranking": Words("各区排名", "Ranking"),
    "n_distances": Words("距离", "Distances"),
    "n_sites": Words("新增站点", "New sites"),
    "n_extensions": Words("延长时间", "Longer hours"),
    "n_targets": Words("建设目标", "Targets"),
    "n_method": Words("方法与读法", "Method"),
    # -- what is missing
    "missing": Words("本节缺少数据", "This section has no data"),
    "why_default": Words(
        "生成报告时没有提供这一项的结果。", "This answer was not given when the report was made."
    ),
    "why_map": Words(
        "没有载入这个区域的边界，无法画地图。", "The outline of this area is not loaded, so there is no map."
    ),
    "why_ranking": Words(
        "没有全市各区的结果，或者只有一个区，无法排名。",
        "There are no answers for the city's districts, or only one of them: nothing to rank.",
    ),
    "why_week": Words("没有计算所选一周的覆盖。", "Coverage of the week was not worked out."),
    "why_gaps": Words("没有计算空白片区。", "Gaps were not worked out."),
    "why_sites": Words("没有计算下一批站点。", "The next sites were not worked out."),
    "why_extensions": Words("没有计算延长开放时间的效果。", "Longer hours were not worked out."),
    "why_targets": Words(
        "没有录入建设目标（各区各类的计划数）。",
        "No targets (planned counts by district and kind) have been entered.",
    ),
    "why_stations": Words("没有提供站点的位置。", "their places were not given."),
    "why_distances": Words(
        "没有需求数据，没有距离可算。", "There is no demand, so there are no distances to work out."
    ),
    "footer": Words(
        "坐标系 WGS-84；局部等距圆柱投影，上北。", "WGS-84; local equirectangular projection, north is up."
    ),
}
