//! An explanation as a person reads it, in Chinese or English.
//!
//! **Invariant.** A sentence says nothing that is not in the data, and all of the data is said.

use std::collections::BTreeMap;

use super::{
    Alternative, Choice, Explanation, Limited, Obstacle, PassedOver, PlanResult, Shortfall,
    Substitution,
};
use crate::{
    kernel::{Id, Kind, Language, PlaceOrigin, kinds},
    routing::{Leg, LegMarks, LegMode, LegSource},
};

/// What an item is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemName {
    /// Its name.
    pub name: String,
    /// Its base unit.
    pub unit: String,
}

/// What things are called in the reader's language; what has no name here is called by its id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Depots.
    pub depots: BTreeMap<Id<kinds::Depot>, String>,
    /// Sites.
    pub sites: BTreeMap<Id<kinds::Site>, String>,
    /// Items and their base units.
    pub items: BTreeMap<Id<kinds::Item>, ItemName>,
    /// Owners of goods.
    pub owners: BTreeMap<Id<kinds::Organisation>, String>,
    /// Orders, by the number of their paper.
    pub orders: BTreeMap<Id<kinds::DispatchOrder>, String>,
}

impl PlanResult {
    /// The whole plan in words: what becomes of standing orders; for each need who sends, who would
    /// have been next, who was passed over and why, and what is missing.
    #[must_use]
    pub fn sentences(&self, language: Language, names: &Names) -> Vec<String> {
        let shortfalls: BTreeMap<_, &Shortfall> = self
            .shortfalls
            .iter()
            .map(|shortfall| (shortfall.need, shortfall))
            .collect();
        let of_needs = self.explanations.iter().flat_map(|explanation| {
            let writer = Writer {
                language,
                names,
                explanation,
            };
            writer.sentences(shortfalls.get(&explanation.need).copied())
        });
        let mut sentences = self.difference(language, names);
        let limited = self.limited.iter();
        sentences.extend(limited.map(|it| fair_use(it, language, names)));
        sentences.extend(of_needs);
        sentences
    }
}

fn fair_use(limited: &Limited, language: Language, names: &Names) -> String {
    let Limited { limit, without } = *limited;
    let owner = name(&names.owners, limit.owner);
    let left = amount(names, limit.item, limit.left, language);
    match language {
        Language::Zh => format!(
            "按公平使用规则，{owner}的物资至多还可用{left}；若无此限，会用{without}。需要更多，须先请货主许可。"
        ),
        Language::En => format!(
            "By rules of fair use no more than {left} of {owner} is left; without them it would be {without}. For more the owner has to be asked first."
        ),
    }
}

struct Writer<'a> {
    language: Language,
    names: &'a Names,
    explanation: &'a Explanation,
}

impl Writer<'_> {
    fn sentences(&self, shortfall: Option<&Shortfall>) -> Vec<String> {
        let mut sentences = vec![self.need()];
        let (choices, item) = (&self.explanation.choices, self.explanation.item);
        sentences.extend(choices.iter().map(|it| self.choice(it, item)));
        sentences.extend(
            self.explanation
                .passed_over
                .iter()
                .map(|it| self.passed_over(it)),
        );
        if self.explanation.passed_over_more > 0 {
            let more = self.explanation.passed_over_more;
            sentences.push(match self.language {
                Language::Zh => format!("另有 {more} 个库未动用，不逐一列出。"),
                Language::En => format!("{more} more depots do not send and are not listed."),
            });
        }
        for instead in &self.explanation.substitutions {
            sentences.push(self.substitution(instead));
            let choices = instead.choices.iter();
            sentences.extend(choices.map(|it| self.choice(it, instead.item)));
        }
        sentences.extend(shortfall.map(|it| self.shortfall(it)));
        sentences
    }

    fn need(&self) -> String {
        let site = name(&self.names.sites, self.explanation.site);
        let wanted = self.amount(self.explanation.wanted.get());
        match self.language {
            Language::Zh => format!("{site}需要{wanted}。"),
            Language::En => format!("{site} needs {wanted}."),
        }
    }

    fn choice(&self, choice: &Choice, item: Id<kinds::Item>) -> String {
        let depot = name(&self.names.depots, choice.depot);
        let tier = choice.tier.title(self.language);
        let way = self.way(&choice.leg);
        let quantity = amount(self.names, item, choice.quantity.get(), self.language);
        let late = choice
            .late_by_min
            .map(|late| self.late(late))
            .unwrap_or_default();
        let next = choice
            .next_best
            .map_or_else(|| self.no_next(), |next| self.next(&next));
        match self.language {
            Language::Zh => format!("{depot}（{tier}，{way}）发出{quantity}{late}；{next}。"),
            Language::En => format!("{depot} ({tier}, {way}) sends {quantity}{late}; {next}."),
        }
    }

    fn substitution(&self, instead: &Substitution) -> String {
        let wanted = self.amount(instead.stands_for);
        let units = instead.quantity.get();
        let goes = amount(self.names, instead.item, units, self.language);
        let (of, stand_for) = (instead.rate.units(), instead.rate.stand_for());
        let why = why(instead.because, self.language);
        match self.language {
            Language::Zh => {
                format!("{wanted}无法调出（{why}），改发{goes}代替（每 {of} 抵 {stand_for}）。")
            }
            Language::En => format!(
                "No depot can send {wanted} ({why}); {goes} go instead, {of} of which stand for {stand_for}."
            ),
        }
    }

    fn late(&self, late_by_min: i64) -> String {
        let time = self.time(late_by_min);
        match self.language {
            Language::Zh => format!("，比需要时间晚 {time}"),
            Language::En => format!(", {time} later than needed"),
        }
    }

    fn no_next(&self) -> String {
        match self.language {
            Language::Zh => "没有其他有余量的库".to_owned(),
            Language::En => "no other depot has any to spare".to_owned(),
        }
    }

    fn next(&self, next: &Alternative) -> String {
        let depot = name(&self.names.depots, next.depot);
        let tier = next.tier.title(self.language);
        let (minutes, distance) = (
            self.time(next.extra_min.abs()),
            kilometres(next.extra_m.unsigned_abs()),
        );
        let sign = |more: bool, words: [&'static str; 2]| words[usize::from(!more)];
        match self.language {
            Language::Zh => {
                let (time_sign, way_sign) = (
                    sign(next.extra_min >= 0, ["多", "少"]),
                    sign(next.extra_m >= 0, ["多", "少"]),
                );
                format!("次选{depot}（{tier}），{time_sign} {minutes}，{way_sign} {distance} 公里")
            }
            Language::En => {
                let (time_sign, way_sign) = (
                    sign(next.extra_min >= 0, ["more", "less"]),
                    sign(next.extra_m >= 0, ["more", "less"]),
                );
                format!(
                    "next best is {depot} ({tier}), {minutes} {time_sign} and {distance} km {way_sign}"
                )
            }
        }
    }

    fn passed_over(&self, passed_over: &PassedOver) -> String {
        let depot = name(&self.names.depots, passed_over.depot);
        let tier = passed_over.tier.title(self.language);
        let why = why(passed_over.obstacle, self.language);
        match (self.language, &passed_over.leg) {
            (Language::Zh, Some(leg)) => {
                format!("{depot}（{tier}，{}）未动用：{why}。", self.way(leg))
            }
            (Language::Zh, None) => format!("{depot}（{tier}）未动用：{why}。"),
            (Language::En, Some(leg)) => {
                format!("{depot} ({tier}, {}) does not send: {why}.", self.way(leg))
            }
            (Language::En, None) => format!("{depot} ({tier}) does not send: {why}."),
        }
    }

    fn shortfall(&self, shortfall: &Shortfall) -> String {
        let missing = self.amount(shortfall.missing.get());
        let binding = why(shortfall.binding, self.language);
        let held_back = |separator: &str| {
            let parts = shortfall.held_back.iter().map(|&(obstacle, units)| {
                let (amount, why) = (self.amount(units), why(obstacle, self.language));
                match self.language {
                    Language::Zh => format!("{amount}（{why}）"),
                    Language::En => format!("{amount} ({why})"),
                }
            });
            parts.collect::<Vec<_>>().join(separator)
        };
        match (self.language, shortfall.held_back.is_empty()) {
            (Language::Zh, true) => format!("仍缺{missing}：{binding}。"),
            (Language::En, true) => format!("Missing: {missing}, because {binding}."),
            (Language::Zh, false) => format!(
                "仍缺{missing}，主要原因：{binding}；不能动用的有{}。",
                held_back("、")
            ),
            (Language::En, false) => format!(
                "Missing: {missing}, mainly because {binding}; held back are {}.",
                held_back(", ")
            ),
        }
    }

    fn amount(&self, units: i64) -> String {
        amount(self.names, self.explanation.item, units, self.language)
    }

    fn way(&self, leg: &Leg) -> String {
        let distance = kilometres(u64::from(leg.distance_m));
        let time = self.time(i64::from(leg.time_min));
        let said = said_by(leg, self.language);
        match (self.language, leg.start) {
            (Language::Zh, PlaceOrigin::Given) => format!("{distance} 公里，{time}，{said}"),
            (Language::Zh, PlaceOrigin::Division) => {
                format!("{distance} 公里，{time}，{said}，库址未知，按所在区划中心估算")
            }
            (Language::En, PlaceOrigin::Given) => format!("{distance} km, {time}, {said}"),
            (Language::En, PlaceOrigin::Division) => format!(
                "{distance} km, {time}, {said}, as from the centre of its division since its place is not known"
            ),
        }
    }

    fn time(&self, minutes: i64) -> String {
        let (hours, rest) = (minutes / 60, minutes % 60);
        match (self.language, hours) {
            (Language::Zh, 0) => format!("{rest} 分钟"),
            (Language::Zh, _) => format!("{hours} 小时 {rest} 分"),
            (Language::En, 0) => format!("{rest} min"),
            (Language::En, _) => format!("{hours} h {rest} min"),
        }
    }
}

// Who says how far it is, and what has to be known to believe it.
fn said_by(leg: &Leg, language: Language) -> String {
    let LegMarks {
        mode,
        around_closure,
        degraded,
    } = leg.marks;
    let ferry = matches!(mode, LegMode::Ferry { .. });
    let day = leg.source.road_date().map(|day| day.to_string());
    let (source, notes) = match language {
        Language::Zh => (
            match (&leg.source, day) {
                (LegSource::GreatCircle(_), _) => "按直线估算".to_owned(),
                (_, Some(day)) => format!("按 {day} 的路网"),
                (_, None) => "按路网".to_owned(),
            },
            [
                "，含轮渡",
                "，绕开封闭区域按两倍估算",
                "，更好的路线来源没有回答",
            ],
        ),
        Language::En => (
            match (&leg.source, day) {
                (LegSource::GreatCircle(_), _) => "by straight line".to_owned(),
                (_, Some(day)) => format!("by roads of {day}"),
                (_, None) => "by roads".to_owned(),
            },
            [
                ", with a ferry",
                ", twice as far to go round closed ground",
                ", a better source did not answer",
            ],
        ),
    };
    let said = [ferry, around_closure, degraded].into_iter().zip(notes);
    let notes: String = said.filter(|(is, _)| *is).map(|(_, note)| note).collect();
    source + &notes
}

/// So much of an item.
pub(super) fn amount(
    names: &Names,
    item: Id<kinds::Item>,
    units: i64,
    language: Language,
) -> String {
    let (name, unit) = match names.items.get(&item) {
        Some(item) => (item.name.clone(), item.unit.clone()),
        None => (item.to_string(), String::new()),
    };
    match language {
        Language::Zh => format!("{name} {units} {unit}").trim_end().to_owned(),
        Language::En if unit.is_empty() => format!("{units} of {name}"),
        Language::En => format!("{units} {unit} of {name}"),
    }
}

pub(super) fn why(obstacle: Obstacle, language: Language) -> &'static str {
    let (zh, en) = match obstacle {
        Obstacle::NoStock => ("没有可用的该物资", "there is no stock of it that may serve"),
        Obstacle::Taken => ("已分给更急的需求", "more urgent needs took all of it"),
        Obstacle::Shared => (
            "已分给其他需求，总体更优",
            "other needs have all of it, which serves all together best",
        ),
        Obstacle::Closed => ("该库已关闭", "the depot is closed"),
        Obstacle::Paused => ("该库已暂停", "the depot is paused"),
        Obstacle::Excluded => ("方案中排除了该库", "the policy leaves the depot out"),
        Obstacle::PlaceUnknown => ("仓库位置未知", "nobody knows where the depot stands"),
        Obstacle::Unreachable => ("没有可通行的路线", "no way there is known"),
        Obstacle::TooFar => (
            "路程超过规定时限",
            "the drive is longer than the policy allows",
        ),
        Obstacle::TooLate => ("赶不上需要时间", "it would come after it is needed"),
        Obstacle::KeptFloor => (
            "剩余的是须保留的底数",
            "what is left is the floor to be kept",
        ),
        Obstacle::HandlingCapacity => (
            "该库在计划时段内的装卸能力已用尽",
            "the depot hands out all it can in the hours of the plan",
        ),
        Obstacle::FairUse => (
            "按公平使用规则，货主不再多给",
            "by rules of fair use its owner lets no more of it go",
        ),
        Obstacle::Vehicles => ("可用车辆已装满", "the vehicles are full"),
        Obstacle::LevelRule => (
            "按先本级后上级，无需动用",
            "levels asked before it had enough",
        ),
        Obstacle::NoGain => (
            "动用它不会更快，且车次更多或留下更早到期的物资",
            "it would be no faster, and cost more loads or leave older stock behind",
        ),
        Obstacle::OrdersStand => (
            "已有调拨单，改由该库发出并无更要紧的好处",
            "orders stand, and to change them would gain nothing that counts more",
        ),
        Obstacle::NotWanted => (
            "该需求已撤回或已另行满足",
            "the need was taken back or is answered otherwise",
        ),
        Obstacle::GoesElsewhere => (
            "改为另行调配，总体更优",
            "to send otherwise serves all together better",
        ),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

pub(super) fn name<K: Kind>(names: &BTreeMap<Id<K>, String>, id: Id<K>) -> String {
    names.get(&id).cloned().unwrap_or_else(|| id.to_string())
}

fn kilometres(metres: u64) -> String {
    format!("{}.{}", metres / 1_000, metres % 1_000 / 100)
}
