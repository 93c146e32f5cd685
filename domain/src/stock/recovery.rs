//! What recovery rules demand of goods that come back.
//!
//! **Invariant.** The demand follows from the class of the goods, how long they were used and how
//! they came back, and names its source. It never makes goods better than they were found.
//!
//! RULES 3.16 (Gansu \[G7\]): command tents, prefab houses and large water, light and generator sets
//! must be recovered; tents that were given out are, if a single-layer one was used for less than 6
//! months and a cotton one for less than 12; clothing, bedding, beds and stoves are not. What was
//! not used, or can be recovered, is cleaned and entered again (Zoucheng \[G12\]).

use super::Condition;
use crate::kernel::named;

named! {
    /// What recovery rules call goods.
    pub enum RecoveryClass {
        /// 指挥帐篷
        CommandTent = "command_tent",
        /// 活动板房
        PrefabHouse = "prefab_house",
        /// 大型净水、照明、发电设备
        LargeEquipment = "large_equipment",
        /// 单帐篷
        SingleTent = "single_tent",
        /// 棉帐篷
        CottonTent = "cotton_tent",
        /// 衣物
        Clothing = "clothing",
        /// 被褥
        Bedding = "bedding",
        /// 床
        Bed = "bed",
        /// 炉具
        Stove = "stove",
        /// What no rule names.
        Other = "other",
    }
}

named! {
    /// What is to be done with goods that came back.
    pub enum Demand {
        /// Put on the shelf.
        Keep = "keep",
        /// Clean or mend before anybody uses them.
        Repair = "repair",
        /// Set apart for disposal.
        Dispose = "dispose",
    }
}

named! {
    /// Which sentence of the rules decided.
    pub enum RecoveryRule {
        /// RULES 3.16: it must be recovered, however long it was used.
        MustBeRecovered = "gansu_must_be_recovered",
        /// RULES 3.16: a tent that was used for less than its months is recovered.
        WithinMonths = "gansu_within_months",
        /// RULES 3.16: a tent that was used for so long is not recovered.
        PastMonths = "gansu_past_months",
        /// RULES 3.16: such goods are not recovered once they were used.
        NotRecovered = "gansu_not_recovered",
        /// RULES 3.16, "after the event": what was not used is entered again.
        Unused = "zoucheng_unused",
        /// No rule names such goods; how they came back decides.
        AsFound = "as_found",
    }
}

/// How goods came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What recovery rules call them.
    pub class: RecoveryClass,
    /// In which condition.
    pub condition: Condition,
    /// For how many months they were used; 0 if they were not.
    pub used_months: u16,
    /// Whether they were cleaned and disinfected.
    pub cleaned: bool,
}

/// The longest use that can be written down: a century.
pub const USED_MONTHS_MAX: u16 = 1_200;

const SINGLE_TENT_MONTHS: u16 = 6;
const COTTON_TENT_MONTHS: u16 = 12;

/// What is to be done with goods, and why.
#[must_use]
pub fn recovery(found: &Found) -> (Demand, RecoveryRule) {
    use RecoveryClass::{
        Bed, Bedding, Clothing, CommandTent, CottonTent, LargeEquipment, Other, PrefabHouse,
        SingleTent, Stove,
    };
    let within = |months| {
        if found.used_months < months {
            RecoveryRule::WithinMonths
        } else {
            RecoveryRule::PastMonths
        }
    };
    let rule = match found.class {
        CommandTent | PrefabHouse | LargeEquipment => RecoveryRule::MustBeRecovered,
        Other => RecoveryRule::AsFound,
        _ if found.used_months == 0 => RecoveryRule::Unused,
        SingleTent => within(SINGLE_TENT_MONTHS),
        CottonTent => within(COTTON_TENT_MONTHS),
        Clothing | Bedding | Bed | Stove => RecoveryRule::NotRecovered,
    };
    let demand = match (rule, found.condition) {
        (RecoveryRule::PastMonths | RecoveryRule::NotRecovered, _) | (_, Condition::Condemned) => {
            Demand::Dispose
        }
        (_, Condition::NeedsRepair) => Demand::Repair,
        // What was not used needs no cleaning.
        _ if !found.cleaned && found.used_months > 0 => Demand::Repair,
        (_, Condition::Usable | Condition::Quarantined) => Demand::Keep,
    };
    (demand, rule)
}

/// In which condition goods enter the book again.
#[must_use]
pub const fn entered_as(found: Condition, demand: Demand) -> Condition {
    match demand {
        Demand::Keep => found,
        Demand::Repair => Condition::NeedsRepair,
        Demand::Dispose => Condition::Condemned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_rules_demand() {
        use Condition::{Condemned, NeedsRepair, Quarantined, Usable};
        use Demand::{Dispose, Keep, Repair};
        use RecoveryClass as Class;
        use RecoveryRule as Rule;
        let check = |class, condition, used_months, cleaned, expected: (Demand, Rule)| {
            let found = Found {
                class,
                condition,
                used_months,
                cleaned,
            };
            assert_eq!(recovery(&found), expected, "{found:?}");
        };
        let must = |demand| (demand, Rule::MustBeRecovered);
        for class in [
            Class::CommandTent,
            Class::PrefabHouse,
            Class::LargeEquipment,
        ] {
            check(class, Usable, 40, true, must(Keep));
            check(class, Usable, 40, false, must(Repair));
            check(class, NeedsRepair, 40, true, must(Repair));
            check(class, Condemned, 1, true, must(Dispose));
        }
        let (within, past) = (Rule::WithinMonths, Rule::PastMonths);
        check(Class::SingleTent, Usable, 5, true, (Keep, within));
        check(Class::SingleTent, Usable, 6, true, (Dispose, past));
        check(Class::CottonTent, Usable, 11, false, (Repair, within));
        check(Class::CottonTent, Usable, 12, true, (Dispose, past));
        check(Class::SingleTent, NeedsRepair, 5, true, (Repair, within));
        for class in [Class::Clothing, Class::Bedding, Class::Bed, Class::Stove] {
            check(class, Usable, 1, true, (Dispose, Rule::NotRecovered));
            check(class, Usable, 0, false, (Keep, Rule::Unused));
            check(class, NeedsRepair, 0, true, (Repair, Rule::Unused));
        }
        check(Class::SingleTent, Usable, 0, false, (Keep, Rule::Unused));
        let as_found = |demand| (demand, Rule::AsFound);
        check(Class::Other, Usable, 90, true, as_found(Keep));
        check(Class::Other, Quarantined, 90, true, as_found(Keep));
        check(Class::Other, Quarantined, 90, false, as_found(Repair));
        check(Class::Other, Usable, 0, false, as_found(Keep));
        check(Class::Other, Condemned, 0, false, as_found(Dispose));
    }
}
