//! The words of a file in Chinese for the values of closed lists.
//!
//! **Invariant.** What an import reads is written as the import reads it; in English a value is the
//! API's own. A value without a word stays what the API says.

use crate::exchange::{columns::Choice, kinds};

const ACCOUNTS: &[Choice] = &[choice("zone", "在库"), choice("road", "在途")];
const WITHHELD: &[Choice] = &[choice("recalled", "召回"), choice("expired", "过期")];
const RESTRICTIONS: &[Choice] = &[
    choice("none", "不定向"),
    choice("incident", "定向灾害事件"),
    choice("division", "定向区划"),
    choice("programme", "定向项目"),
];

// What a criterion, a stock or a whole rating says where no level's own code does.
const JUDGED: &[Choice] = &[
    choice("met", "达到"),
    choice("not_met", "未达到"),
    choice("not_assessed", "未评定"),
    choice("waived", "免评"),
    choice("below", "未达已评定的最低一级"),
];
const VERDICTS: &[Choice] = &[
    choice("reached", "已达等级"),
    choice("undecided", "尚未评定"),
    choice("none", "未达等级"),
];
const ENDINGS: &[Choice] = &[
    choice("withdrawn", "已撤回"),
    choice("expired", "已到期"),
    choice("revoked", "已撤销"),
];
const AWAITED: &[Choice] = &[
    choice("submit", "自评上报"),
    choice("review", "审核"),
    choice("visit", "现场查看"),
    choice("decide", "决定"),
    choice("enforce", "公示期满生效"),
    choice("settle", "处理异议"),
    choice("renew", "重新评定"),
];
const STATES: &[Choice] = &[
    choice("stating", "自评中"),
    choice("underway", "审核中"),
    choice("announced", "公示中"),
    choice("in_force", "有效"),
    choice("ended", "已结束"),
    choice("coming", "尚未生效"),
    choice("over", "已过时效"),
    choice("updated", "已更新"),
    choice("without_effect", "不作数"),
];
const STATUSES: &[Choice] = &[
    choice("draft", "草案"),
    choice("in_force", "有效"),
    choice("withdrawn", "已废止"),
];
const STEPS: &[Choice] = &[
    choice("self_assessment", "自评"),
    choice("review", "审核"),
    choice("site_visit", "现场查看"),
    choice("decision", "决定"),
    choice("publication", "公示"),
];
const EFFORTS: &[Choice] = &[
    choice("record", "补登记"),
    choice("act", "在库内办理"),
    choice("supply", "补物资"),
    choice("staff", "补人员"),
    choice("build", "改造或迁址"),
];
const DUTIES: &[Choice] = &[
    choice("acceptance", "验收入库"),
    choice("issue_papers", "补出库手续"),
    choice("oral_order", "补口头调令"),
    choice("restack", "倒垛"),
    choice("quality_test", "质量抽检"),
    choice("fire_check", "消防检查"),
    choice("fire_training", "消防培训"),
    choice("fire_drill", "消防演练"),
    choice("disclosure", "捐赠公示"),
];
const STANDINGS: &[Choice] = &[
    choice("open", "待办"),
    choice("overdue", "已逾期"),
    choice("done", "已办"),
    choice("done_late", "逾期办结"),
];
const PERIODS: &[Choice] = &[
    choice("working_day", "工作日"),
    choice("day", "天"),
    choice("month", "个月"),
    choice("hour", "小时"),
];

const fn choice(key: &'static str, zh: &'static str) -> Choice {
    Choice { key, zh, en: key }
}

/// The lists that the member at a path takes its values from.
pub(super) fn of(path: &[String]) -> &'static [&'static [Choice]] {
    use kinds::{depots, divisions, opening_stock, organisations};
    const CONDITIONS: &[Choice] = opening_stock::CONDITIONS;
    match path.join(".").as_str() {
        "level" => &[
            organisations::SOCIETIES,
            organisations::BODIES,
            divisions::LEVELS,
        ],
        "operation" => &[depots::OPERATIONS],
        "condition" => &[CONDITIONS],
        "account" => &[ACCOUNTS],
        "withheld" => &[WITHHELD, CONDITIONS],
        "judged" | "stock_grade" => &[JUDGED],
        "verdict" => &[VERDICTS],
        "state" => &[STATES],
        "status" => &[STATUSES],
        "next_step" => &[STEPS],
        "ending" => &[ENDINGS],
        "awaits" => &[AWAITED],
        "awaits_actor" => &[organisations::SOCIETIES],
        "effort" => &[EFFORTS],
        "kind" => &[DUTIES],
        "standing" => &[STANDINGS],
        "period_unit" => &[PERIODS],
        "restriction.kind" | "to_restriction.kind" => &[RESTRICTIONS],
        _ => &[],
    }
}

/// The word for a value.
pub(super) fn word(lists: &[&[Choice]], value: &str) -> Option<&'static str> {
    let mut choices = lists.iter().copied().flatten();
    choices
        .find(|choice| choice.key == value)
        .map(|choice| choice.zh)
}
