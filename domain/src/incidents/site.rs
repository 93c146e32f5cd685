//! A place that needs goods.
//!
//! **Invariant.** A site has a name and a place: without a place nothing can be routed to it.

use crate::kernel::{Id, Language, Place, kinds, named};

named! {
    /// What kind of place a site is.
    pub enum SiteKind {
        /// 安置点: people live here for a while.
        Settlement = "settlement",
        /// 发放点: people come here to receive goods.
        DistributionPoint = "distribution_point",
        /// 医院
        Hospital = "hospital",
        /// 基层红十字会: a branch receives and hands on.
        BranchOffice = "branch_office",
        /// 其他
        Other = "other",
    }
}

impl SiteKind {
    /// The words a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Settlement => ("安置点", "settlement"),
            Self::DistributionPoint => ("发放点", "distribution point"),
            Self::Hospital => ("医院", "hospital"),
            Self::BranchOffice => ("基层红十字会", "branch office"),
            Self::Other => ("其他", "other"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

/// A place of an incident that goods are brought to.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its id.
    pub id: Id<kinds::Site>,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: SiteKind,
    /// Where it is.
    pub place: Place,
}
