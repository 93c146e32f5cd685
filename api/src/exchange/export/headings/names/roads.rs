//! The part of the table that tells of ways, closed roads and alerts.
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
    ["alert_id", "预警编号", "Alert ID"],
    ["left_out", "未计入的部分", "Parts left out"],
    ["sender", "预警发布者", "Sender"],
    ["identifier", "发布者编号", "Identifier"],
    ["sent_at", "发布时间", "Sent at"],
    ["message_type", "消息类型", "Message type"],
    ["headline", "标题", "Headline"],
    ["sender_name", "发布单位", "Sender's name"],
    ["urgency", "紧急程度", "Urgency"],
    ["severity", "严重程度", "Severity"],
    ["certainty", "确定程度", "Certainty"],
    ["effective_at", "生效时间", "Effective at"],
    ["onset_at", "预计开始", "Onset at"],
    ["other_codes", "其他编码数", "Other codes"],
    ["succeeded_by", "取代它的预警", "Succeeded by"],
    ["taken_at", "接收时间", "Taken in at"],
    ["taken_by", "接收人", "Taken in by"],
];
