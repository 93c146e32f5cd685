//! What goods on an arc cost by several yardsticks at once.

use crate::dispatch::planner::{measure::Yardstick, network::Meaning};

/// How much a unit of each yardstick costs.
#[derive(Debug, Clone, Default)]
pub(super) struct Tariff {
    // By the number of the class.
    missing: [i64; 4],
    below_minimum: [i64; 4],
    uneven: [i64; 4],
    // By the place of the tier.
    asked: [i64; 5],
    late: i64,
    travel: i64,
}

impl Tariff {
    pub(super) fn of(yardstick: Yardstick) -> Self {
        let mut tariff = Self::default();
        tariff.add(yardstick, 1);
        tariff
    }

    /// What is settled after the travel concerns no tariff, nor what orders said or stands for what.
    pub(super) fn add(&mut self, yardstick: Yardstick, cost: i64) {
        let class = yardstick
            .class()
            .map_or(0, |class| usize::from(class.get()));
        let place = match yardstick {
            Yardstick::Missing(_) => &mut self.missing[class],
            Yardstick::BelowMinimum(_) => &mut self.below_minimum[class],
            Yardstick::Uneven(_) => &mut self.uneven[class],
            Yardstick::AskedNation
            | Yardstick::AskedBlock
            | Yardstick::AskedProvince
            | Yardstick::AskedCity => {
                let place = Self::places().position(|asked| asked == Some(yardstick));
                &mut self.asked[place.unwrap_or(0)]
            }
            Yardstick::Late => &mut self.late,
            Yardstick::Travel => &mut self.travel,
            Yardstick::Substituted
            | Yardstick::Changed
            | Yardstick::Loads
            | Yardstick::Freshness
            | Yardstick::Distance => return,
        };
        *place = place.saturating_add(cost);
    }

    fn places() -> impl Iterator<Item = Option<Yardstick>> {
        crate::dispatch::Tier::ALL
            .iter()
            .map(|tier| Yardstick::asked(*tier))
    }

    /// What one unit on an arc costs.
    pub(super) fn cost(&self, meaning: &Meaning) -> i64 {
        let cost = match *meaning {
            Meaning::Missing {
                class,
                is_guaranteed,
                uneven,
                ..
            } => {
                let class = usize::from(class.get());
                let below = i64::from(is_guaranteed) * self.below_minimum[class];
                let uneven = self.uneven[class].saturating_mul(uneven);
                (self.missing[class].saturating_add(below)).saturating_add(uneven)
            }
            Meaning::Send {
                tier,
                late_min,
                time_min,
                ..
            } => {
                let late = self.late.saturating_mul(late_min);
                let travel = self.travel.saturating_mul(i64::from(time_min));
                let asked = self.asked[tier as usize];
                late.saturating_add(travel).saturating_add(asked)
            }
            Meaning::Leave { .. } | Meaning::Spared | Meaning::Gathered => 0,
        };
        cost.min(COST_MAX)
    }
}

/// The most that a unit can cost, so that no sum over a path leaves `i64`: what costs more is counted
/// at less than it costs, and a bound stays one.
pub(super) const COST_MAX: i64 = 1 << 42;
