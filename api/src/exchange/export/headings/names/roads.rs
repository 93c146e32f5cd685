//! The part of the table that tells of ways and closed roads.
//!
//! **Invariant.** A member stands here or in another part of the table, not in both.

pub(super) const ROADS: &[[&str; 3]] = &[
    ["tonnes_per_day", "每日运力（吨）", "Tonnes a day"],
    ["around_closure", "绕行封闭区域", "Round closed ground"],
    ["degraded", "已降级", "Degraded"],
    ["road_version", "路网版本", "Road version"],
    ["road_date", "路网日期", "Road date"],
    ["barrier", "不可达原因", "Barrier"],
    ["closed_from", "封闭开始", "Closed from"],
    ["closed_until", "封闭至", "Closed until"],
    ["drawn_at", "划定时间", "Drawn at"],
    ["drawn_by", "划定人", "Drawn by"],
];
