//! Fair use on the wire.

use chrono::{DateTime, Utc};
use domain::{
    dispatch::fair_use::{FairUse, FairUseError},
    kernel::{Id, Quantity, Text, kinds},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    dispatch::{
        commands::{BeginFairUse, EndFairUse, PermitBeyondShare},
        rows::fair_use::{permit, rule},
    },
    http::{Whole, versioned},
    problem::{Fault, Faults, Problem},
};

/// How much of its goods an owner lets one organisation order while they are scarce.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct BeginFairUseBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^fairuse_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::FairUseRule>>,
    /// Whose goods.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    owner_id: Id<kinds::Organisation>,
    /// Of which item; of each, every one for itself, if absent.
    #[schema(value_type = Option<String>, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Option<Id<kinds::Item>>,
    /// How much of what there is, and of what has left since the rule began, one organisation may order.
    #[schema(value_type = i64, minimum = 1, maximum = 99)]
    share_percent: Whole,
    /// So many base units are free whatever the share comes to: 0 if absent.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000_000)]
    free_quantity: Option<Whole>,
    #[schema(
        min_length = 1,
        max_length = 500,
        examples("台风“烟花”期间帐篷统一调配")
    )]
    reason: String,
}

impl BeginFairUseBody {
    pub(in crate::dispatch) fn parse(self) -> Result<BeginFairUse, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let (Whole(share), free) = (self.share_percent, self.free_quantity);
        let free = free.map_or(0, |Whole(free)| free);
        let figures = FairUse::new(share, free);
        let pointer = match figures {
            Err(FairUseError::Free) => "/free_quantity",
            _ => "/share_percent",
        };
        let figures = faults.take(pointer, figures);
        let command = figures.zip(reason).map(|(figures, reason)| BeginFairUse {
            id: self.id,
            owner: self.owner_id,
            item: self.item_id,
            figures,
            reason,
        });
        faults.finish(command)
    }
}

impl From<FairUseError> for Fault {
    fn from(error: FairUseError) -> Self {
        let zh = match error {
            FairUseError::Share => "份额须为 1 到 99 的百分数",
            FairUseError::Free => "免审数量须为 0 到 10 亿",
        };
        Self::new("out-of-range", zh, error.to_string())
    }
}

/// Why it ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct EndFairUseBody {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl EndFairUseBody {
    pub(in crate::dispatch) fn parse(
        &self,
        rule: Id<kinds::FairUseRule>,
    ) -> Result<EndFairUse, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        faults.finish(reason.map(|reason| EndFairUse { rule, reason }))
    }
}

/// What one organisation may order beside its share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::dispatch) struct PermitBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^permit_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<kinds::FairUsePermit>>,
    /// To whom.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    requester_id: Id<kinds::Organisation>,
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    item_id: Id<kinds::Item>,
    /// In base units.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000)]
    quantity: Whole,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl PermitBody {
    pub(in crate::dispatch) fn parse(
        self,
        rule: Id<kinds::FairUseRule>,
    ) -> Result<PermitBeyondShare, Problem> {
        let mut faults = Faults::default();
        let Whole(quantity) = self.quantity;
        let quantity = faults.take("/quantity", Quantity::new(quantity));
        let reason = faults.take("/reason", Text::new(&self.reason));
        let command = (|| {
            Some(PermitBeyondShare {
                id: self.id,
                rule,
                requester: self.requester_id,
                item: self.item_id,
                quantity: quantity?,
                reason: reason?,
            })
        })();
        faults.finish(command)
    }
}

/// A rule of fair use.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FairUseRuleView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::FairUseRule>,
    /// Whose goods.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) owner_id: Id<kinds::Organisation>,
    /// Absent where it is for every item, each for itself.
    #[schema(value_type = Option<String>, max_length = 40)]
    pub(crate) item_id: Option<Id<kinds::Item>>,
    #[schema(minimum = 1, maximum = 99)]
    pub(crate) share_percent: i64,
    /// In base units.
    #[schema(minimum = 0)]
    pub(crate) free_quantity: i64,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    /// What was ordered from then on counts.
    pub(crate) begun_at: DateTime<Utc>,
    /// Who began it.
    #[schema(max_length = 200)]
    pub(crate) begun_by: String,
    /// Absent as long as it is in force.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 200)]
    pub(crate) ended_by: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) end_reason: Option<String>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

versioned!(FairUseRuleView);

impl From<rule::Model> for FairUseRuleView {
    fn from(row: rule::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            owner_id: Id::from_uuid(row.owner_id),
            item_id: row.item_id.map(Id::from_uuid),
            share_percent: row.share_percent,
            free_quantity: row.free_quantity,
            reason: row.reason,
            begun_at: row.begun_at,
            begun_by: row.begun_by,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            end_reason: row.end_reason,
            version: row.version,
        }
    }
}

/// What one organisation was permitted beside its share.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FairUsePermitView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<kinds::FairUsePermit>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) rule_id: Id<kinds::FairUseRule>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) requester_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    /// In base units.
    #[schema(minimum = 1)]
    pub(crate) quantity: i64,
    #[schema(max_length = 500)]
    pub(crate) reason: String,
    pub(crate) permitted_at: DateTime<Utc>,
    /// Who permitted it.
    #[schema(max_length = 200)]
    pub(crate) permitted_by: String,
}

impl crate::http::Versioned for FairUsePermitView {
    // It is never changed.
    fn version(&self) -> i64 {
        1
    }
}

impl From<permit::Model> for FairUsePermitView {
    fn from(row: permit::Model) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            rule_id: Id::from_uuid(row.rule_id),
            requester_id: Id::from_uuid(row.requester_id),
            item_id: Id::from_uuid(row.item_id),
            quantity: row.quantity,
            reason: row.reason,
            permitted_at: row.permitted_at,
            permitted_by: row.permitted_by,
        }
    }
}

/// What one organisation has had of one item since a rule began.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FairUseDrawView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) requester_id: Id<kinds::Organisation>,
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<kinds::Item>,
    /// Ordered and not given up, in base units.
    #[schema(minimum = 0)]
    pub(crate) drawn: i64,
    /// What it was permitted beside its share.
    #[schema(minimum = 0)]
    pub(crate) permitted: i64,
    /// What one organisation may have with nobody's permission.
    #[schema(minimum = 0)]
    pub(crate) share_limit: i64,
    /// What there is of the item, and what left since the rule began.
    #[schema(minimum = 0)]
    pub(crate) pool: i64,
    /// The owner itself is not measured.
    pub(crate) is_owner: bool,
}

/// Which rules to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::dispatch) struct FairUseRuleFilter {
    /// About the goods of this owner.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) owner_id: Option<Id<kinds::Organisation>>,
    /// `true`: those in force; `false`: those that ended.
    pub(in crate::dispatch) in_force: Option<bool>,
}

/// Of which item.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::dispatch) struct DrawFilter {
    /// Of this item.
    #[param(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(in crate::dispatch) item_id: Id<kinds::Item>,
}
