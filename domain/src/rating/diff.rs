//! What a new edition changes.
//!
//! **Invariant.** A rule set compared with itself changes nothing, and whatever else two differ in
//! is told with what it was and what it is. In which order criteria, entries and lines stand decides
//! nothing and is no change. What a change means for a depot is said by judging it by both.

mod change;
mod criteria;
mod goods;
mod said;

use super::{
    AtLevel, Comparison, RuleSet,
    words::{Words, words},
};

pub use change::{Called, Change, Coded, Direction};
use change::{Changes, Threshold};
use said::{either, listed, months, none, of_titles, period, provenance, standing, step};

/// What `new` changes against `old`.
#[must_use]
pub fn diff(old: &RuleSet, new: &RuleSet) -> Vec<Change> {
    let (a, b) = (old.parts(), new.parts());
    let mut changes = Changes::default();
    head(&mut changes, old, new);
    for (what, before, after) in [
        (Coded::Level, &a.levels, &b.levels),
        (Coded::Profile, &a.profiles, &b.profiles),
        (Coded::Dimension, &a.dimensions, &b.dimensions),
    ] {
        let called = |list: &[super::Named]| {
            let called = list.iter().map(|named| Called {
                id: named.id.clone(),
                title: named.title.clone(),
            });
            called.collect::<Vec<_>>()
        };
        named(&mut changes, what, &called(before), &called(after));
    }
    let called = |rule_set: &RuleSet| -> Vec<Called> {
        let criteria = rule_set.parts().criteria.iter();
        criteria.map(Called::from).collect()
    };
    sets(&mut changes, Coded::Criterion, &called(old), &called(new));
    for criterion in &b.criteria {
        if let Some(before) = old.criterion(&criterion.id) {
            changes.of = Some(criterion.into());
            criteria::compare(&mut changes, (old, before), (new, criterion));
        }
    }
    changes.of = None;
    aggregation(&mut changes, old, new);
    workflow(&mut changes, old, new);
    changes.list
}

fn head(changes: &mut Changes, old: &RuleSet, new: &RuleSet) {
    let (a, b) = (old.parts(), new.parts());
    let number = |number: &Option<String>| number.as_ref().map_or_else(none, |it| words(it, it));
    changes.note(words("名称", "title"), a.title.clone(), b.title.clone());
    changes.note(words("标注", "label"), either(&a.label), either(&b.label));
    let issuer = words("发布单位", "issuer");
    changes.note(issuer, a.issuer.clone(), b.issuer.clone());
    changes.note(
        words("文号", "document number"),
        number(&a.document_number),
        number(&b.document_number),
    );
    changes.note(
        words("有效期", "validity"),
        period(a.valid_from, a.valid_to),
        period(b.valid_from, b.valid_to),
    );
    changes.note(
        words("状态", "status"),
        standing(a.standing),
        standing(b.standing),
    );
    changes.note(
        words("出处", "source"),
        provenance(&a.provenance),
        provenance(&b.provenance),
    );
    // The lowest first, of the levels that both have: others are told as new or gone.
    let order = |rule_set: &RuleSet, other: &RuleSet| {
        let levels = rule_set.levels();
        let common = levels.iter().filter(|it| other.rank(&it.id).is_some());
        listed(common.map(|level| words(&level.id, &level.id)))
    };
    changes.note(
        words("等级由低到高的顺序", "order of levels, the lowest first"),
        order(old, new),
        order(new, old),
    );
}

fn sets(changes: &mut Changes, what: Coded, old: &[Called], new: &[Called]) {
    let is_in = |list: &[Called], id: &str| list.iter().any(|known| known.id == id);
    for called in old.iter().filter(|it| !is_in(new, &it.id)).cloned() {
        changes.list.push(Change::Removed { what, called });
    }
    for called in new.iter().filter(|it| !is_in(old, &it.id)).cloned() {
        changes.list.push(Change::Added { what, called });
    }
}

fn named(changes: &mut Changes, what: Coded, old: &[Called], new: &[Called]) {
    sets(changes, what, old, new);
    for now in new {
        if let Some(before) = old.iter().find(|known| known.id == now.id) {
            let part = words(
                format_args!("{} {} 的名称", what.zh(), now.id),
                format_args!("title of the {what} {}", now.id),
            );
            changes.note(part, before.title.clone(), now.title.clone());
        }
    }
}

fn aggregation(changes: &mut Changes, old: &RuleSet, new: &RuleSet) {
    let (a, b) = (&old.parts().aggregation, &new.parts().aggregation);
    let unassessed = |gates: &Option<super::Gates>| match gates.as_ref().map(|it| it.unassessed) {
        None => words("不设必达项", "no gates"),
        Some(super::Unassessed::Hold) => words("暂不定级", "the level stays undecided"),
        Some(super::Unassessed::Skip) => words("按其余各项定级", "the others decide"),
    };
    changes.note(
        words("必达项未评定时", "while a gate is not assessed"),
        unassessed(&a.gates),
        unassessed(&b.gates),
    );
    let must = |rule_set: &RuleSet| {
        let gates = rule_set.parts().aggregation.gates.as_ref();
        let mut must = gates.map(|it| it.must_assess.clone()).unwrap_or_default();
        must.sort();
        of_titles(&must, |id| rule_set.criterion(id).map(|it| &it.title))
    };
    changes.note(
        words("必须评定的指标", "criteria that must be assessed"),
        must(old),
        must(new),
    );
    let cutoffs = Threshold {
        part: words("总分线", "points in all"),
        item: None,
        comparison: Some(Comparison::AtLeast),
    };
    let points = |figure| super::explain::measured(figure, None);
    changes.thresholds(
        &cutoffs,
        (old, &decimals(&a.cutoffs), &points),
        (new, &decimals(&b.cutoffs), &points),
    );
}

fn workflow(changes: &mut Changes, old: &RuleSet, new: &RuleSet) {
    let (a, b) = (&old.parts().workflow, &new.parts().workflow);
    let steps = |workflow: &super::Workflow| listed(workflow.steps.iter().map(step));
    changes.note(words("评定步骤", "steps"), steps(a), steps(b));
    let forever = || words("长期", "for ever");
    let validity = |it: &super::Workflow| it.validity_months.map_or_else(forever, months);
    changes.note(
        words("等级有效期", "how long a grade stands"),
        validity(a),
        validity(b),
    );
    let appeal = |it: &super::Workflow| {
        let while_it_stands = || words("等级有效期内", "as long as the grade stands");
        it.appeal_days.map_or_else(while_it_stands, said::days)
    };
    changes.note(words("异议期", "time to object"), appeal(a), appeal(b));
}

fn decimals<V: Copy + Into<rust_decimal::Decimal>>(
    thresholds: &[AtLevel<V>],
) -> Vec<AtLevel<rust_decimal::Decimal>> {
    thresholds
        .iter()
        .map(|at| AtLevel {
            level: at.level.clone(),
            value: at.value.map(Into::into),
            provenance: at.provenance.clone(),
        })
        .collect()
}

// What a level, where there is one, is called.
fn level_title(rule_set: &RuleSet, level: &str) -> Words {
    let levels = rule_set.levels();
    let known = levels.iter().find(|known| known.id == level);
    known.map_or_else(|| words(level, level), |known| known.title.clone())
}

#[cfg(test)]
mod tests;
