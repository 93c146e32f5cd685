//! How far up the societies a request for goods has to go: 先本级、后上级.
//!
//! **Invariant.** Use own stock first; if all is used and still short, ask the level above
//! (RULES §3 "Ordering and timing"). So a depot is as far away as the level that must be asked,
//! even when it stands next door: the state's depot in the same town still belongs to the nation.

use std::collections::BTreeSet;

use crate::{
    kernel::{Language, named},
    organisations::Level,
};

named! {
    /// How far up the request goes, nearest first.
    pub enum Tier {
        /// 本县
        County = "county",
        /// 本市
        City = "city",
        /// 本省
        Province = "province",
        /// 区域协作: a province of the same coordination block.
        Block = "block",
        /// 全国
        Nation = "nation",
    }
}

/// The provinces of the eastern coordination block: Shanghai, Jiangsu, Zhejiang, Anhui, Fujian
/// (RULES §4.5 \[R28\]). The members of the other five were not found; they are data.
pub const EASTERN_BLOCK: [&str; 5] = ["31", "32", "33", "34", "35"];

impl Tier {
    /// How far up a site must ask to get goods from a depot. `blocks` are the coordination blocks,
    /// each a set of two-digit province codes. A code too short to compare joins nothing.
    #[must_use]
    pub fn of(
        level: Level,
        depot_division: &str,
        site_division: &str,
        blocks: &[BTreeSet<String>],
    ) -> Self {
        let same = |digits: usize| {
            let code = depot_division.get(..digits);
            code.is_some() && code == site_division.get(..digits)
        };
        let in_one_block = || {
            let provinces = (depot_division.get(..2), site_division.get(..2));
            matches!(provinces, (Some(one), Some(other)) if blocks
                .iter()
                .any(|block| block.contains(one) && block.contains(other)))
        };
        let by_ground = if same(6) {
            Self::County
        } else if same(4) {
            Self::City
        } else if same(2) {
            Self::Province
        } else if in_one_block() {
            Self::Block
        } else {
            Self::Nation
        };
        let by_level = match level {
            Level::Township | Level::County => Self::County,
            Level::Municipal => Self::City,
            Level::Provincial => Self::Province,
            Level::National => Self::Nation,
        };
        by_ground.max(by_level)
    }

    /// The words a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::County => ("本县", "own county"),
            Self::City => ("本市", "own city"),
            Self::Province => ("本省", "own province"),
            Self::Block => ("区域协作", "coordination block"),
            Self::Nation => ("全国", "nation"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_that_must_be_asked_decides() {
        let east: BTreeSet<String> = EASTERN_BLOCK.map(str::to_owned).into();
        let check = |level, depot, site, expected| {
            let tier = Tier::of(level, depot, site, std::slice::from_ref(&east));
            assert_eq!(tier, expected, "{level} {depot} {site}");
        };
        use Level::{County, Municipal, National, Provincial, Township};
        check(Township, "330106001", "330106", Tier::County);
        check(County, "330106", "330106002", Tier::County);
        check(County, "330106", "330105", Tier::City);
        check(County, "330106", "330200", Tier::Province);
        check(County, "330106", "310104", Tier::Block);
        check(County, "330106", "430102", Tier::Nation);
        check(Municipal, "330106", "330106", Tier::City);
        check(Provincial, "330106", "330106", Tier::Province);
        check(Provincial, "330106", "350102", Tier::Block);
        check(National, "330106", "330106", Tier::Nation);
        // What is no code joins nothing.
        check(County, "", "", Tier::Nation);
        check(County, "3", "3", Tier::Nation);
        check(County, "杭", "杭", Tier::Nation);
    }
}
