//! Names of accounts and sessions.
//!
//! **Invariant.** What others name, too, stands in the table above.

/// Of accounts and sessions.
pub(super) const IDENTITY: &[[&str; 3]] = &[
    ["has_password", "有密码", "Has a password"],
    [
        "second_factor_since",
        "第二因素启用时间",
        "Second factor since",
    ],
    ["used_at", "最近使用时间", "Used at"],
    ["second_factor", "已用第二因素", "Second factor shown"],
    ["network", "登录来源网络", "Network"],
    ["current", "当前会话", "Asks now"],
    ["holder_id", "领取人", "Holder"],
    ["secret_drawn_at", "密钥领取时间", "Secret drawn at"],
    ["secret_expires_at", "密钥失效时间", "Secret expires at"],
    ["earlier_until", "旧密钥有效至", "Earlier secret until"],
];
