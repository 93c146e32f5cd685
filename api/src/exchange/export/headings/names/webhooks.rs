//! The part of the table that is about webhooks and what is told to them.
//!
//! **Invariant.** A member stands here or in another part of the table, not in both.

// Member, Chinese, English.
pub(super) const WEBHOOKS: &[[&str; 3]] = &[
    ["url", "推送地址", "Address"],
    ["next_position", "下一记录位置", "Next position"],
    ["waiting", "待送事件数", "Events waiting"],
    ["failing_since", "送达失败起始", "Failing since"],
    ["last_delivered_at", "最近送达时间", "Last delivered"],
    ["old_secret_until", "旧密钥有效至", "Old secret until"],
    ["entry_id", "记录编号", "Entry ID"],
    ["event", "事件", "Event"],
    ["attempts", "已送次数", "Attempts"],
    ["next_attempt_at", "下次送达时间", "Next attempt"],
    ["last_attempt_at", "最近一次送达时间", "Last attempt"],
    ["last_status", "对方应答状态", "Last status"],
    ["last_fault", "未应答原因", "Why there was no answer"],
    ["created_by", "创建人", "Made by"],
];
