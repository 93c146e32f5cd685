//! What follows from a mistake that was told already.
//!
//! **Invariant.** A mistake is kept back only where what could not be read may be its whole cause: a
//! reference to a level whose code could not be read, a sum to which something is missing.

use super::{Fault, Mistake, Referent};

// Members of a criterion that neither earn points nor say whom it concerns.
const APART: [&str; 6] = ["id", "dimension", "title", "provenance", "effort", "public"];

impl Mistake {
    /// Whether it may be nothing but a consequence of what could not be read at these places.
    #[must_use]
    pub fn follows_from(&self, unread: &[String]) -> bool {
        unread
            .iter()
            .any(|place| is_within(&self.at, place) || self.rests_on(place))
    }

    fn rests_on(&self, place: &str) -> bool {
        let at = self.at.as_str();
        match &self.fault {
            Fault::Unknown { referent, .. } => is_code_in(list_of(*referent), place),
            Fault::Falls { .. } => {
                place == "/best_level" || place == format!("{}/comparison", outer(at, 3))
            }
            Fault::Unit { .. } | Fault::StatedYesNo => ["measure", "unit"]
                .iter()
                .any(|member| place == format!("{}/{member}", outer(at, 1))),
            Fault::FirstBand => is_within(place, at),
            // As many as there are entries, or criteria to be made of.
            Fault::Range { .. } => {
                place == format!("{}/entries", outer(at, 3))
                    || place == format!("{}/of", outer(at, 1))
            }
            Fault::Weights { .. } | Fault::CutoffAboveAll { .. } => {
                counts(place) || is_code_in("/profiles", place)
            }
            Fault::PointsUnused => {
                is_within(place, "/aggregation") && !is_within(place, "/aggregation/gates")
            }
            Fault::NothingAggregated => is_within(place, "/aggregation"),
            Fault::WeightMissing
            | Fault::WeightWithoutPoints
            | Fault::PointsNotHere { .. }
            | Fault::PointsMissing
            | Fault::AbovePoints { .. } => counts(place) && is_within(place, criterion_of(at)),
            // Another criterion may be the group's.
            Fault::NotAGate { .. } => counts(place),
            Fault::Validity => place == "/valid_from" || place == "/valid_to",
            Fault::StepOrder | Fault::NoDecision => is_within(place, "/workflow"),
            Fault::Text { .. }
            | Fault::Code
            | Fault::Length { .. }
            | Fault::Duplicate { .. }
            | Fault::Cycle { .. }
            | Fault::Bands
            | Fault::MaximumBelow { .. } => false,
        }
    }
}

fn is_within(at: &str, place: &str) -> bool {
    at.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

// Without its last segments.
fn outer(at: &str, segments: usize) -> &str {
    (0..segments).fold(at, |at, _| at.rfind('/').map_or("", |end| &at[..end]))
}

fn criterion_of(at: &str) -> &str {
    let mut ends = at.match_indices('/').map(|(end, _)| end);
    ends.nth(2).map_or(at, |end| &at[..end])
}

const fn list_of(referent: Referent) -> &'static str {
    match referent {
        Referent::Level => "/levels",
        Referent::Dimension => "/dimensions",
        Referent::Profile => "/profiles",
        Referent::Criterion => "/criteria",
    }
}

// The list, one of its entries, or the code of one.
fn is_code_in(list: &str, place: &str) -> bool {
    let Some(rest) = place.strip_prefix(list) else {
        return false;
    };
    let mut segments = rest.split('/').skip(1);
    match (segments.next(), segments.next(), segments.next()) {
        (_, None, None) => rest.is_empty() || rest.starts_with('/'),
        (Some(_), Some(member), None) => member == "id",
        _ => false,
    }
}

// Something of a criterion that may earn points, or say in which sums they are.
fn counts(place: &str) -> bool {
    let Some(rest) = place.strip_prefix("/criteria") else {
        return false;
    };
    let mut segments = rest.split('/').skip(2);
    match (segments.next(), segments.next()) {
        (None, _) => true,
        (Some(member), None) => !APART.contains(&member),
        (Some(member), Some(of)) => {
            matches!(member, "profiles" | "depot_levels") || (member, of) == ("banded", "bands")
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn unknown(referent: Referent) -> Fault {
        Fault::Unknown {
            referent,
            code: "x".to_owned(),
        }
    }

    #[test]
    fn only_what_may_be_a_consequence_is_kept_back() {
        let sum = Fault::Weights {
            sum: Decimal::TEN,
            profile: None,
            depots: None,
        };
        let falls = Fault::Falls {
            level: "a".to_owned(),
            below: "b".to_owned(),
        };
        let unit = Fault::Unit { expected: "m2" };
        let dimension = "/criteria/0/dimension";
        for (at, fault, unread, follows) in [
            // At the place itself, or inside of it.
            ("/id", Fault::Code, "/id", true),
            ("/levels/1/id", Fault::Code, "/levels/1", true),
            ("/levels/10/id", Fault::Code, "/levels/1", false),
            ("/title/en", Fault::Code, "/title/zh", false),
            (dimension, unknown(Referent::Dimension), "/dimensions", true),
            (
                dimension,
                unknown(Referent::Dimension),
                "/dimensions/0/id",
                true,
            ),
            (
                dimension,
                unknown(Referent::Dimension),
                "/dimensions/0/title/zh",
                false,
            ),
            (
                dimension,
                unknown(Referent::Dimension),
                "/levels/0/id",
                false,
            ),
            (
                "/criteria/2/group/of/0",
                unknown(Referent::Criterion),
                "/criteria/1/id",
                true,
            ),
            (
                "/criteria/2/group/of/0",
                unknown(Referent::Criterion),
                "/criteria/1/weight",
                false,
            ),
            ("/criteria", sum.clone(), "/criteria/3/weight", true),
            ("/criteria", sum.clone(), "/criteria/3/wieght", true),
            (
                "/criteria",
                sum.clone(),
                "/criteria/3/banded/bands/0/points",
                true,
            ),
            ("/criteria", sum.clone(), "/criteria/3/numeric/unit", false),
            ("/criteria", sum.clone(), "/criteria/3/title/zh", false),
            ("/criteria", sum.clone(), "/levels/0", false),
            (
                "/criteria/1",
                Fault::WeightMissing,
                "/criteria/1/weights",
                true,
            ),
            (
                "/criteria/1",
                Fault::WeightMissing,
                "/criteria/2/weights",
                false,
            ),
            (
                "/criteria/1/numeric/unit",
                unit.clone(),
                "/criteria/1/numeric/measure",
                true,
            ),
            (
                "/criteria/1/numeric/unit",
                unit,
                "/criteria/2/numeric/measure",
                false,
            ),
            (
                "/criteria/1/numeric/levels/1/value",
                falls.clone(),
                "/best_level",
                true,
            ),
            (
                "/criteria/1/numeric/levels/1/value",
                falls.clone(),
                "/criteria/1/numeric/comparison",
                true,
            ),
            (
                "/criteria/1/numeric/levels/1/value",
                falls,
                "/criteria/1/numeric/levels/0/level",
                false,
            ),
            (
                "/criteria/1/banded/bands/2",
                Fault::FirstBand,
                "/criteria/1/banded/bands/2/from",
                true,
            ),
            (
                "/aggregation",
                Fault::NothingAggregated,
                "/aggregation/gate",
                true,
            ),
            (
                "/criteria/0",
                Fault::PointsUnused,
                "/aggregation/gates/unassessed",
                false,
            ),
            ("/valid_to", Fault::Validity, "/valid_from", true),
            (
                "/workflow/steps/1",
                Fault::StepOrder,
                "/workflow/steps/0/kind",
                true,
            ),
            ("/workflow/steps/1", Fault::StepOrder, "/levels", false),
        ] {
            let mistake = Mistake {
                at: at.to_owned(),
                fault,
            };
            let found = mistake.follows_from(&[unread.to_owned()]);
            assert_eq!(found, follows, "{mistake:?} after {unread}");
        }
    }
}
