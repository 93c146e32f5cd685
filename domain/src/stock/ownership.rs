//! Whose goods they are, seen from where they are kept (RULES §0.4, 3.10).
//!
//! **Invariant.** Every lot in a depot has one mode, and only a promise has the fourth.

use crate::kernel::named;

named! {
    /// How goods are owned.
    pub enum Ownership {
        /// 自有: the custodian's own.
        Own = "own",
        /// 代储: another society's, held for it.
        Held = "held",
        /// 寄售: a vendor's, until they are used.
        Consigned = "consigned",
        /// 协议储备: at a supplier, promised by an agreement.
        Reserved = "reserved",
    }
}

impl Ownership {
    /// The mode of goods in a depot. `by_custodian` says that their owner keeps them; `by_partner`
    /// that the owner is no society.
    #[must_use]
    pub const fn in_depot(by_custodian: bool, by_partner: bool) -> Self {
        match (by_custodian, by_partner) {
            (true, _) => Self::Own,
            (false, true) => Self::Consigned,
            (false, false) => Self::Held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_in_a_depot_are_own_held_or_consigned() {
        for (by_custodian, by_partner, expected) in [
            (true, false, Ownership::Own),
            // A grain reserve that keeps its own.
            (true, true, Ownership::Own),
            (false, false, Ownership::Held),
            (false, true, Ownership::Consigned),
        ] {
            assert_eq!(Ownership::in_depot(by_custodian, by_partner), expected);
        }
    }
}
