//! What a plan makes of the orders that stand.
//!
//! **Invariant.** Every line that could be changed is said once, with what is kept of it; and what
//! gives way has a reason.

use std::collections::BTreeMap;

use super::{
    Obstacle, PlanResult, StandingLine, Yardstick,
    scene::Scene,
    sentences::{Names, amount, name, why},
    standing::{Line, Place},
};
use crate::kernel::{Language, named};

/// What becomes of a line of a standing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The line as it stands.
    pub said: StandingLine,
    /// How much of it stays, in base units.
    pub kept: i64,
    /// Why not all of it does.
    pub reason: Option<Obstacle>,
}

named! {
    /// What becomes of a line, in a word.
    pub enum Outcome {
        /// All of it stays.
        Kept = "kept",
        /// A part of it stays.
        Reduced = "reduced",
        /// Nothing of it stays.
        Dropped = "dropped",
    }
}

impl Change {
    /// In a word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.kept {
            0 => Outcome::Dropped,
            kept if kept < self.said.quantity.get() => Outcome::Reduced,
            _ => Outcome::Kept,
        }
    }
}

/// What the finished plan makes of each line, by order and line.
pub(super) fn changes(scene: &Scene<'_>) -> Vec<Change> {
    let mut left: BTreeMap<Place, i64> = BTreeMap::new();
    for shelf in scene.items.iter().flat_map(|item| &item.shelves) {
        let depot = shelf.depot;
        for (row, of_row) in shelf.rows.iter().enumerate() {
            for &(need, units) in &of_row.kept {
                *left.entry(Place { need, depot, row }).or_default() += units;
            }
        }
    }
    let lines = scene.standing.lines.iter();
    let mut changes: Vec<Change> = lines
        .map(|line| {
            let kept = line.place.map_or(0, |place| {
                let left = left.entry(place).or_default();
                let kept = line.could.min(*left);
                *left -= kept;
                kept
            });
            Change {
                said: *line.said,
                kept,
                reason: (kept < line.said.quantity.get()).then(|| reason(scene, line)),
            }
        })
        .collect();
    changes.sort_by_key(|change| (change.said.order, change.said.line));
    changes
}

fn reason(scene: &Scene<'_>, line: &Line<'_>) -> Obstacle {
    let (place, shelf) = match line.place {
        Err(obstacle) => return obstacle,
        Ok(place) => (place, scene.item(place.need).shelf(place.depot)),
    };
    let Some(shelf) = shelf else {
        return Obstacle::NoStock;
    };
    let row = &shelf.rows[place.row];
    // What others get as their orders say is not there for this one.
    let as_ordered: i64 = row.kept.iter().map(|(_, units)| units).sum();
    if as_ordered == row.at_first {
        Obstacle::NoStock
    } else {
        let stays = scene.why_it_stays(place.need, shelf);
        stays.unwrap_or(Obstacle::GoesElsewhere)
    }
}

impl PlanResult {
    /// What changes in words: why anything does, each line that is reduced or dropped, and how many
    /// stay.
    pub(super) fn difference(&self, language: Language, names: &Names) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.changes.is_empty() {
            return sentences;
        }
        sentences.extend(self.gain(language));
        let (kept, changed): (Vec<&Change>, Vec<&Change>) =
            (self.changes.iter()).partition(|change| change.outcome() == Outcome::Kept);
        sentences.extend(changed.iter().map(|it| it.sentence(language, names)));
        let kept = kept.len();
        sentences.push(match (language, kept) {
            (Language::Zh, _) => format!("已下调拨单中有 {kept} 行照旧。"),
            (Language::En, 1) => "1 line of standing orders stays as it is.".to_owned(),
            (Language::En, _) => format!("{kept} lines of standing orders stay as they are."),
        });
        sentences
    }

    // The first yardstick by which the plan and the orders as they stand are not equal.
    fn gain(&self, language: Language) -> Option<String> {
        let before = |yardstick: Yardstick| {
            let mut keeping = self.keeping.iter();
            keeping
                .find(|measure| measure.yardstick == yardstick)
                .map_or(0, |measure| measure.value)
        };
        let mut measures = self.measures.iter();
        let decides = measures.find(|measure| measure.value != before(measure.yardstick))?;
        let title = title(decides.yardstick, language);
        let (from, to) = (before(decides.yardstick), decides.value);
        (decides.yardstick < Yardstick::Changed).then(|| match language {
            Language::Zh => format!("与维持已下调拨单相比：{title}从 {from} 变为 {to}。"),
            Language::En => {
                format!("Against keeping the orders as they stand: {title} from {from} to {to}.")
            }
        })
    }
}

impl Change {
    fn sentence(&self, language: Language, names: &Names) -> String {
        let said = &self.said;
        let order = name(&names.orders, said.order);
        let (depot, site) = (
            name(&names.depots, said.depot),
            name(&names.sites, said.site),
        );
        let before = amount(names, said.item, said.quantity.get(), language);
        let reason = self.reason.map_or("", |reason| why(reason, language));
        match (language, self.kept) {
            (Language::Zh, 0) => {
                format!("调拨单 {order}：{depot}发往{site}的{before}不再发出：{reason}。")
            }
            (Language::Zh, kept) => {
                format!("调拨单 {order}：{depot}发往{site}的{before}减为 {kept}：{reason}。")
            }
            (Language::En, 0) => {
                format!("Order {order}: {before} from {depot} to {site} do not go: {reason}.")
            }
            (Language::En, kept) => format!(
                "Order {order}: of {before} from {depot} to {site} only {kept} go: {reason}."
            ),
        }
    }
}

fn title(yardstick: Yardstick, language: Language) -> String {
    let class = yardstick.class().map_or(0, |class| class.get());
    match (yardstick, language) {
        (Yardstick::Missing(_), Language::Zh) => format!("优先级 {class} 的缺口"),
        (Yardstick::Missing(_), Language::En) => format!("what priority {class} misses goes"),
        (Yardstick::BelowMinimum(_), Language::Zh) => format!("优先级 {class} 低于保障下限的数量"),
        (Yardstick::BelowMinimum(_), Language::En) => {
            format!("what priority {class} misses of guaranteed minima goes")
        }
        (Yardstick::Uneven(_), Language::Zh) => format!("优先级 {class} 分配的不均程度"),
        (Yardstick::Uneven(_), Language::En) => {
            format!("how unevenly priority {class} is served goes")
        }
        (Yardstick::Substituted, Language::Zh) => "以替代品满足的数量".to_owned(),
        (Yardstick::Substituted, Language::En) => "what substitutes stand for goes".to_owned(),
        (Yardstick::AskedNation, Language::Zh) => "动用全国的数量".to_owned(),
        (Yardstick::AskedNation, Language::En) => "what is asked of the nation goes".to_owned(),
        (Yardstick::AskedBlock, Language::Zh) => "动用区域协作的数量".to_owned(),
        (Yardstick::AskedBlock, Language::En) => "what is asked of the block goes".to_owned(),
        (Yardstick::AskedProvince, Language::Zh) => "动用省级的数量".to_owned(),
        (Yardstick::AskedProvince, Language::En) => "what is asked of the province goes".to_owned(),
        (Yardstick::AskedCity, Language::Zh) => "动用市级的数量".to_owned(),
        (Yardstick::AskedCity, Language::En) => "what is asked of the city goes".to_owned(),
        (Yardstick::Late, Language::Zh) => "迟到（件·分钟）".to_owned(),
        (Yardstick::Late, Language::En) => "lateness in unit-minutes goes".to_owned(),
        (
            Yardstick::Changed
            | Yardstick::Travel
            | Yardstick::Loads
            | Yardstick::Freshness
            | Yardstick::Distance,
            _,
        ) => yardstick.name().to_owned(),
    }
}
