//! Levels of the Red Cross and where a body may stand in the tree.

use crate::kernel::{UnknownName, named};

named! {
    /// A level of the Red Cross, and of a depot. The highest is the least in order.
    pub enum Level {
        /// 总会.
        National = "national",
        /// 省级.
        Provincial = "provincial",
        /// 市级.
        Municipal = "municipal",
        /// 县级.
        County = "county",
        /// 乡级: towns, townships, streets.
        Township = "township",
    }
}

impl Level {
    /// Whether this level is strictly higher than `other`: the national one is the highest.
    #[must_use]
    pub fn is_above(self, other: Self) -> bool {
        self < other
    }
}

/// What an organisation is: a society of the Red Cross, or a body that works with it (a grain
/// reserve, a logistics firm, a supplier).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Body {
    /// A society at its level.
    Society(Level),
    /// A partner; it has no level.
    Partner,
}

/// Why a body may not stand under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StandingError {
    /// The parent's level is not strictly higher.
    #[error("a {child} society cannot stand under a {parent} one")]
    NotAbove {
        /// The level of the society that would stand below.
        child: Level,
        /// The level of the society that would stand above.
        parent: Level,
    },
    /// Societies answer to societies only.
    #[error("a society cannot stand under a partner body")]
    UnderPartner,
}

const PARTNER: &str = "partner";
const NAMES: &[&str] = &[
    "national",
    "provincial",
    "municipal",
    "county",
    "township",
    PARTNER,
];

impl Body {
    /// The name in tables and on the wire: that of the level, or `partner`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Society(level) => level.name(),
            Self::Partner => PARTNER,
        }
    }

    /// The level of a society.
    #[must_use]
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Society(level) => Some(level),
            Self::Partner => None,
        }
    }

    /// Whether this body may stand under `parent`.
    ///
    /// Levels may be skipped, because some counties answer to their province directly.
    /// A body without a parent is always allowed: a county may run this service for itself alone.
    ///
    /// # Errors
    /// [`StandingError`] with the one reason.
    pub fn may_stand_under(self, parent: Self) -> Result<(), StandingError> {
        match (self, parent) {
            (Self::Partner, _) => Ok(()),
            (Self::Society(_), Self::Partner) => Err(StandingError::UnderPartner),
            (Self::Society(child), Self::Society(parent)) if parent.is_above(child) => Ok(()),
            (Self::Society(child), Self::Society(parent)) => {
                Err(StandingError::NotAbove { child, parent })
            }
        }
    }
}

impl std::fmt::Display for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Body {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        if text == PARTNER {
            return Ok(Self::Partner);
        }
        text.parse()
            .map(Self::Society)
            .map_err(|_| UnknownName { expected: NAMES })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(name: &str) -> Body {
        name.parse().unwrap()
    }

    #[test]
    fn every_name_reads_back() {
        for &name in NAMES {
            assert_eq!(body(name).name(), name);
        }
        assert_eq!(NAMES.len(), Level::ALL.len() + 1);
        assert_eq!("省".parse::<Body>(), Err(UnknownName { expected: NAMES }));
    }

    #[test]
    fn a_child_is_strictly_lower_than_its_parent() {
        let check = |child: &str, parent: &str, expected: Result<(), StandingError>| {
            assert_eq!(
                body(child).may_stand_under(body(parent)),
                expected,
                "{child} under {parent}"
            );
        };
        check("provincial", "national", Ok(()));
        check("county", "provincial", Ok(()));
        check("township", "county", Ok(()));
        check("partner", "township", Ok(()));
        check("partner", "partner", Ok(()));
        check("county", "partner", Err(StandingError::UnderPartner));
        for level in Level::ALL {
            let (child, parent) = (Level::National, *level);
            let refused = Err(StandingError::NotAbove { child, parent });
            check("national", level.name(), refused);
        }
        check(
            "municipal",
            "municipal",
            Err(StandingError::NotAbove {
                child: Level::Municipal,
                parent: Level::Municipal,
            }),
        );
    }
}
