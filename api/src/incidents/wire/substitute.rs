//! What may go for a need in the place of what it wants, on the wire.

use domain::{
    incidents::{Substitute, SubstituteError, SubstituteRate, Substitutes},
    kernel::{Id, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Fault, Faults},
};

/// An item that may go instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubstituteBody {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    rate: SubstituteRateBody,
}

/// How much of a substitute stands for how much of what is needed: 2 blankets for 1 quilt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SubstituteRateBody {
    /// So many base units of the substitute …
    #[schema(value_type = i64, minimum = 1, maximum = 10_000)]
    quantity: Whole,
    /// … stand for so many base units of the item that is needed.
    #[schema(value_type = i64, minimum = 1, maximum = 10_000)]
    stands_for: Whole,
}

/// The list of a need for `item`.
pub(super) fn substitutes(
    faults: &mut Faults,
    at: &str,
    item: Id<kinds::Item>,
    bodies: Vec<SubstituteBody>,
) -> Option<Substitutes> {
    let mut list = Vec::with_capacity(bodies.len());
    for (place, body) in bodies.into_iter().enumerate() {
        let SubstituteRateBody {
            quantity: Whole(units),
            stands_for: Whole(stand_for),
        } = body.rate;
        let rate = SubstituteRate::new(units, stand_for).map_err(unfit);
        list.push(Substitute {
            item: body.item_id,
            rate: faults.take(format!("{at}/{place}/rate"), rate)?,
        });
    }
    let list = Substitutes::new(item, list);
    let pointer = match list {
        Err(SubstituteError::Itself { place } | SubstituteError::Twice { place }) => {
            format!("{at}/{place}/item_id")
        }
        _ => at.to_owned(),
    };
    faults.take(pointer, list.map_err(unfit))
}

fn unfit(error: SubstituteError) -> Fault {
    let (code, zh) = match error {
        SubstituteError::Rate => ("out-of-range", "换算比例须为 1 到 10000 的整数"),
        SubstituteError::TooMany => ("too-many", "每项需求最多列出 5 种替代品"),
        SubstituteError::Itself { .. } => ("itself", "物资不能作为自己的替代品"),
        SubstituteError::Twice { .. } => ("duplicate", "替代品重复"),
    };
    Fault::new(code, zh, error.to_string())
}

/// An item that may go in the place of what a need wants.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct SubstituteView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    pub(crate) rate: SubstituteRateView,
}

/// How much of a substitute stands for how much of what is needed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct SubstituteRateView {
    /// So many base units of the substitute …
    #[schema(minimum = 1, maximum = 10_000)]
    pub(crate) quantity: i64,
    /// … stand for so many base units of the item that is needed.
    #[schema(minimum = 1, maximum = 10_000)]
    pub(crate) stands_for: i64,
}

impl From<SubstituteRate> for SubstituteRateView {
    fn from(rate: SubstituteRate) -> Self {
        Self {
            quantity: rate.units(),
            stands_for: rate.stand_for(),
        }
    }
}

impl From<&Substitute> for SubstituteView {
    fn from(it: &Substitute) -> Self {
        Self {
            item_id: it.item,
            rate: it.rate.into(),
        }
    }
}
