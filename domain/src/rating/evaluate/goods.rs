//! Whether there are enough goods.
//!
//! **Invariant.** More goods never make it worse.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    super::{AtLevel, Comparison, Counting, PeopleLine, StockLine},
    Finding, Found, Judge, Judged, LineFound, Missing, part,
};

// How lines stand at one level.
#[derive(Default)]
struct Lines {
    asked: usize,
    covered: usize,
    // The catalogue does not know the item, or the level's figure is not known.
    unknown: usize,
}

impl Lines {
    // Whether `percent` of them are covered.
    fn judged(&self, percent: u32) -> Judged {
        let enough = |covered: usize| covered * 100 >= self.asked * percent as usize;
        match self.asked {
            0 => Judged::NotAsked,
            _ if self.unknown < self.asked && enough(self.covered) => Judged::Met,
            _ if !enough(self.covered + self.unknown) => Judged::NotMet,
            _ => Judged::NotAssessed,
        }
    }
}

impl Judge<'_> {
    // What there is of an item, if the catalogue knows it.
    fn have(&self, item: &str, counting: &Counting) -> Option<i64> {
        let stock = self.facts.stock.get(item)?;
        Some(stock.counted(counting, self.facts.day))
    }

    pub(super) fn stock(
        &self,
        lines: &[StockLine],
        share_percent: u32,
        counting: &Counting,
    ) -> Finding {
        let found: Vec<_> = lines
            .iter()
            .map(|line| {
                let have = self.have(&line.item, counting);
                let stock = self.facts.stock.get(&line.item);
                let asked = |rank| self.rule_set.asked(rank, &line.minima);
                LineFound {
                    item: line.item.clone(),
                    title: stock.map(|stock| stock.title.clone()),
                    base_unit: stock.map(|stock| stock.base_unit.clone()),
                    have,
                    need: (0..self.levels())
                        .map(|rank| asked(rank).and_then(|at| at.value))
                        .collect(),
                    over: line
                        .maximum
                        .zip(have)
                        .map(|(most, have)| have - most)
                        .filter(|&over| over > 0),
                }
            })
            .collect();
        let at: Vec<_> = (0..self.levels())
            .map(|rank| self.lines_at(rank, lines, &found).judged(share_percent))
            .collect();
        let top = self.levels().saturating_sub(1);
        let highest = self.lines_at(top, lines, &found);
        let mut finding = self.finding(at, None, Found::Goods(found));
        if let Some(earned) = &mut finding.earned
            && highest.asked > 0
        {
            let of = |lines: usize| part(earned.most, lines.into(), highest.asked.into());
            (earned.low, earned.high) =
                (of(highest.covered), of(highest.covered + highest.unknown));
        }
        finding
    }

    fn lines_at(&self, rank: usize, lines: &[StockLine], found: &[LineFound]) -> Lines {
        let mut at = Lines::default();
        for (line, found) in lines.iter().zip(found) {
            let Some(asked) = self.rule_set.asked(rank, &line.minima) else {
                continue;
            };
            at.asked += 1;
            match (asked, found.have) {
                (
                    AtLevel {
                        value: Some(need), ..
                    },
                    Some(have),
                ) => {
                    at.covered += usize::from(have >= *need);
                }
                _ => at.unknown += 1,
            }
        }
        at
    }

    pub(super) fn people(
        &self,
        lines: &[PeopleLine],
        days: u32,
        of_population: bool,
        counting: &Counting,
        thresholds: &[AtLevel<Decimal>],
    ) -> Finding {
        let mut person_days: i128 = 0;
        let mut unknown = 0;
        for line in lines {
            let Some(have) = self.have(&line.item, counting) else {
                unknown += 1;
                continue;
            };
            // Below 2^63 × 10^4 × 3660, and at most 500 of them.
            person_days += i128::from(have) * i128::from(line.people) * i128::from(line.days);
        }
        if unknown == lines.len() {
            return self.missing(Missing::ItemsUnknown);
        }
        let people = person_days / i128::from(days.max(1));
        let people = Decimal::try_from_i128_with_scale(people, 0).unwrap_or(Decimal::MAX);
        let value = if of_population {
            match self.facts.population {
                None | Some(0) => return self.missing(Missing::PopulationUnknown),
                Some(all) => people
                    .checked_div(Decimal::from(all))
                    .and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED))
                    .unwrap_or(Decimal::MAX)
                    .round_dp_with_strategy(2, RoundingStrategy::ToZero),
            }
        } else {
            people
        };
        let mut at = self.against(value, Comparison::AtLeast, thresholds);
        if unknown > 0 {
            // There is at least so much; what more there is of unknown items nobody can say.
            for judged in &mut at {
                if *judged == Judged::NotMet {
                    *judged = Judged::NotAssessed;
                }
            }
        }
        self.finding(at, None, Found::People { value, unknown })
    }
}
