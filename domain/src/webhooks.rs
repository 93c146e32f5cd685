//! Telling other systems what happened, by the Standard Webhooks specification 1.0.
//!
//! **Invariant.** What is told follows from the journal, and when it is told again from how often it
//! was told in vain: nothing here is decided by a receiver but whether it wants to hear more.

mod attempt;

pub use attempt::{ATTEMPTS_MAX, Heard, Next, next};

use crate::kernel::named;

named! {
    /// Where a webhook stands.
    pub enum WebhookState {
        /// 启用
        Active = "active",
        /// 暂停
        Paused = "paused",
        /// 对方已停用：It answered 410 and wants to hear nothing more.
        Gone = "gone",
        /// 已终止
        Ended = "ended",
    }
}

named! {
    /// What became of telling one event.
    pub enum MessageState {
        /// 待送
        Waiting = "waiting",
        /// 已送达
        Delivered = "delivered",
        /// 未送达：It was tried as often as it is.
        Failed = "failed",
    }
}
