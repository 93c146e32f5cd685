//! The part of the table that tells of fair use.
//!
//! **Invariant.** A member stands here or in another part of the table, not in both.

pub(super) const FAIR_USE: &[[&str; 3]] = &[
    ["rule_id", "规则编号", "Rule ID"],
    ["share_percent", "份额（%）", "Share (%)"],
    ["free_quantity", "免审数量", "Free quantity"],
    ["begun_at", "开始时间", "Begun at"],
    ["begun_by", "开始人", "Begun by"],
    ["permitted_at", "许可时间", "Permitted at"],
    ["permitted_by", "许可人", "Permitted by"],
    ["permitted", "另行许可", "Permitted"],
    ["drawn", "已领用", "Drawn"],
    ["share_limit", "份额上限", "Limit of a share"],
    ["pool", "总量", "Pool"],
    ["is_owner", "物权单位", "Is the owner"],
    ["limited", "受公平使用限制", "Limited by fair use"],
    ["left", "剩余可用", "Left"],
    ["without_limit", "不受限时用量", "Without the limit"],
];
