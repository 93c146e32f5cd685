//! What a new edition changes of one criterion.
//!
//! **Invariant.** As in [`super`]: what differs is told with what it was and what it is.

use rust_decimal::Decimal;

use super::{
    super::{
        AtLevel, Comparison, Criterion, Kind, RuleSet, Subject, Unit,
        criterion::{Band, Entry},
        explain::measured,
        words::{Words, words},
    },
    change::{Changes, Threshold},
    decimals, goods, level_title,
    said::{days, levels, none, of_titles, provenance, subject, unit, yes},
};

/// A criterion and the edition in which it stands.
pub(super) type Placed<'a> = (&'a RuleSet, &'a Criterion);

pub(super) fn compare(changes: &mut Changes, old: Placed<'_>, new: Placed<'_>) {
    let (a, b) = (old.1, new.1);
    changes.note(words("名称", "title"), a.title.clone(), b.title.clone());
    let dimension = |(rule_set, criterion): Placed<'_>| {
        let dimensions = &rule_set.parts().dimensions;
        of_titles(std::slice::from_ref(&criterion.dimension), |id| {
            dimensions.iter().find(|it| it.id == id).map(|it| &it.title)
        })
    };
    // A dimension of another title is told once, as what it is.
    if a.dimension != b.dimension {
        let part = words("维度", "dimension");
        changes.note(part, dimension(old), dimension(new));
    }
    changes.note(words("是否必达", "gate"), yes(a.gate), yes(b.gate));
    let points = |points: Option<Decimal>| points.map_or_else(none, |it| measured(it, None));
    if !matches!(
        (&a.kind, &b.kind),
        (Kind::Banded { .. }, Kind::Banded { .. })
    ) {
        let part = words("满分", "points at most");
        changes.note(part, points(a.most_points()), points(b.most_points()));
    }
    let weight = |weight: Option<Decimal>| {
        weight.map_or_else(none, |it| {
            let it = it.normalize();
            words(format_args!("{it}%"), format_args!("{it}%"))
        })
    };
    changes.note(words("权重", "weight"), weight(a.weight), weight(b.weight));
    let profiles = |criterion: &Criterion| {
        let mut profiles = criterion.profiles.clone();
        profiles.sort();
        if profiles.is_empty() {
            return words("所有方案", "all profiles");
        }
        of_titles(&profiles, |_| None)
    };
    changes.note(words("适用方案", "profiles"), profiles(a), profiles(b));
    changes.note(
        words("适用库级", "depots"),
        levels(&a.depot_levels),
        levels(&b.depot_levels),
    );
    changes.note(
        words("整改难度", "effort"),
        a.effort().title(),
        b.effort().title(),
    );
    changes.note(words("是否公示", "public"), yes(a.public), yes(b.public));
    changes.note(
        words("出处", "source"),
        provenance(&a.provenance),
        provenance(&b.provenance),
    );
    kind(changes, old, new);
}

fn kind(changes: &mut Changes, old: Placed<'_>, new: Placed<'_>) {
    match (&old.1.kind, &new.1.kind) {
        (Kind::Checklist { entries: a, .. }, Kind::Checklist { entries: b, .. }) => {
            entries(changes, a, b);
        }
        (Kind::Group { of: a, at_least: m }, Kind::Group { of: b, at_least: n }) => {
            let members = |rule_set: &RuleSet, of: &[String]| {
                let mut of = of.to_vec();
                of.sort();
                of_titles(&of, |id| rule_set.criterion(id).map(|it| &it.title))
            };
            let part = words("组成", "made of");
            changes.note(part, members(old.0, a), members(new.0, b));
            let least = |least: &u32| words(format_args!("{least} 项"), least);
            let part = words("至少达到", "how many must be met");
            changes.note(part, least(m), least(n));
        }
        (Kind::Deduction { .. }, Kind::Deduction { .. }) => deduction(changes, old.1, new.1),
        (Kind::Veto { highest_level: a }, Kind::Veto { highest_level: b }) => {
            let highest = |rule_set: &RuleSet, level: &Option<String>| {
                let level = level.as_deref();
                level.map_or_else(none, |level| level_title(rule_set, level))
            };
            let part = words("成立时的最高等级", "highest level while it is open");
            changes.note(part, highest(old.0, a), highest(new.0, b));
        }
        (Kind::Assessor { .. }, Kind::Assessor { .. }) => {}
        (Kind::Stock { .. } | Kind::People { .. }, Kind::Stock { .. } | Kind::People { .. })
            if old.1.kind.name() == new.1.kind.name() =>
        {
            goods::compare(changes, old, new)
        }
        (
            Kind::Numeric { .. } | Kind::Banded { .. } | Kind::YesNo { .. },
            Kind::Numeric { .. } | Kind::Banded { .. } | Kind::YesNo { .. },
        ) if old.1.kind.name() == new.1.kind.name() => figures(changes, old, new),
        (a, b) => {
            let part = words("类型", "kind");
            changes.note(part, words(a.name(), a.name()), words(b.name(), b.name()));
            return;
        }
    }
    thresholds(changes, old, new);
}

fn figures(changes: &mut Changes, old: Placed<'_>, new: Placed<'_>) {
    let about = |kind: &Kind| -> Option<(Subject, Option<Unit>)> {
        match kind {
            Kind::Numeric { subject, unit, .. } | Kind::Banded { subject, unit, .. } => {
                Some((*subject, Some(*unit)))
            }
            Kind::YesNo { subject, .. } => Some((*subject, None)),
            _ => None,
        }
    };
    if let (Some((a, m)), Some((b, n))) = (about(&old.1.kind), about(&new.1.kind)) {
        changes.note(words("计量", "what is measured"), subject(a), subject(b));
        let said = |it: Option<Unit>| it.map_or_else(none, unit);
        changes.note(words("单位", "unit"), said(m), said(n));
    }
    match (&old.1.kind, &new.1.kind) {
        (Kind::Numeric { comparison: a, .. }, Kind::Numeric { comparison: b, .. }) => {
            let said = |comparison: &Comparison| match comparison {
                Comparison::AtLeast => words("不低于", "at least"),
                Comparison::AtMost => words("不高于", "at most"),
            };
            changes.note(words("比较", "comparison"), said(a), said(b));
        }
        (Kind::Banded { bands: a, .. }, Kind::Banded { bands: b, .. }) => {
            bands(changes, (old.1, a), (new.1, b));
        }
        (Kind::YesNo { from_level: a, .. }, Kind::YesNo { from_level: b, .. }) => {
            let from = |rule_set: &RuleSet, level: &Option<String>| match level {
                Some(level) => level_title(rule_set, level),
                None => words("所有等级", "all levels"),
            };
            let part = words("自哪一等级起要求", "asked from which level on");
            changes.note(part, from(old.0, a), from(new.0, b));
        }
        _ => {}
    }
}

// Band by band, as they stand.
fn bands(changes: &mut Changes, old: (&Criterion, &[Band]), new: (&Criterion, &[Band])) {
    let said = |(criterion, bands): (&Criterion, &[Band]), position: usize| {
        let Some(band) = bands.get(position) else {
            return none();
        };
        let points = measured(band.points, None);
        match band.from.map(|from| measured(from, Some(criterion))) {
            None => words(
                format_args!("最低段 {}", points.zh),
                format_args!("{} for the least", points.en),
            ),
            Some(from) => words(
                format_args!("{} 起 {}", from.zh, points.zh),
                format_args!("{} from {} on", points.en, from.en),
            ),
        }
    };
    for position in 0..old.1.len().max(new.1.len()) {
        let part = words(
            format_args!("第 {} 段", position + 1),
            format_args!("band {}", position + 1),
        );
        changes.note(part, said(old, position), said(new, position));
    }
}

fn entries(changes: &mut Changes, old: &[Entry], new: &[Entry]) {
    let title = |list: &[Entry], id: &str| {
        let known = list.iter().find(|known| known.id == id);
        known.map_or_else(none, |known| known.title.clone())
    };
    let fresh = |entry: &&Entry| old.iter().all(|known| known.id != entry.id);
    for Entry { id, .. } in old.iter().chain(new.iter().filter(fresh)) {
        let part = words(
            format_args!("清单条目 {id}"),
            format_args!("entry {id} of the list"),
        );
        changes.note(part, title(old, id), title(new, id));
    }
}

fn deduction(changes: &mut Changes, old: &Criterion, new: &Criterion) {
    let (
        Kind::Deduction {
            each: a,
            cap: m,
            window_days: x,
        },
        Kind::Deduction {
            each: b,
            cap: n,
            window_days: y,
        },
    ) = (&old.kind, &new.kind)
    else {
        return;
    };
    let points = |it: &Decimal| measured(*it, None);
    changes.note(words("每次扣", "off each time"), points(a), points(b));
    changes.note(words("至多扣", "off at most"), points(m), points(n));
    let window = |window: &Option<u32>| {
        let forever = || words("长期", "for ever");
        window.map_or_else(forever, days)
    };
    let part = words("计算期", "how far back it counts");
    changes.note(part, window(x), window(y));
}

fn thresholds(changes: &mut Changes, old: Placed<'_>, new: Placed<'_>) {
    let of = |kind: &Kind| -> Option<Vec<AtLevel<Decimal>>> {
        match kind {
            Kind::Numeric { thresholds, .. }
            | Kind::People { thresholds, .. }
            | Kind::Assessor { thresholds } => Some(thresholds.clone()),
            Kind::Checklist { thresholds, .. } => Some(decimals(thresholds)),
            _ => None,
        }
    };
    let (Some(before), Some(after)) = (of(&old.1.kind), of(&new.1.kind)) else {
        return;
    };
    let comparison = match (&old.1.kind, &new.1.kind) {
        (Kind::Numeric { comparison: a, .. }, Kind::Numeric { comparison: b, .. }) => {
            (a == b).then_some(*b)
        }
        _ => Some(Comparison::AtLeast),
    };
    let what = Threshold {
        part: words("要求", "threshold"),
        item: None,
        comparison,
    };
    let say =
        |criterion: &Criterion, figure: Decimal| -> Words { measured(figure, Some(criterion)) };
    let (was, is) = (|it| say(old.1, it), |it| say(new.1, it));
    changes.thresholds(&what, (old.0, &before, &was), (new.0, &after, &is));
}
