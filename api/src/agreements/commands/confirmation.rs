//! Somebody asked the supplier what is really there.
//!
//! **Invariant.** A confirmation is written once and changes nothing that was agreed.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Text, kinds},
};
use sea_orm::ActiveValue::Set;

use crate::{
    problem::{Faults, Problem},
    scope::Scope,
    uow::{Command, Permission, Uow},
};

use super::{super::rows::confirmation, queries, wire::AgreementView};

/// How far a clock in the field may run ahead.
const AHEAD_MAX: TimeDelta = TimeDelta::minutes(5);

/// How much of an item is there, in base units; nothing, too.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmedLine {
    pub(crate) item: Id<kinds::Item>,
    pub(crate) quantity: i64,
}

/// Notes what a supplier said is there.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmAgreement {
    pub(crate) agreement: Id<kinds::Agreement>,
    /// Who at the supplier's said so.
    pub(crate) confirmed_by: Text<100>,
    /// When; now, if absent.
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    pub(crate) note: Option<Text<1000>>,
    pub(crate) lines: Vec<ConfirmedLine>,
}

impl Command for ConfirmAgreement {
    type Output = AgreementView;
    const NAME: &'static str = "agreements.confirm_agreement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::CallOff]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AgreementView, Problem> {
        let row = queries::agreement_to_change(uow.db(), &uow.scope(), self.agreement).await?;
        uow.require(Capability::CallOff, row.organisation_id)
            .await?;
        let at = self.confirmed_at.unwrap_or_else(|| uow.now());
        let mut faults = Faults::default();
        if at > uow.now() + AHEAD_MAX {
            faults.note(
                "/confirmed_at",
                "out-of-range",
                "不得晚于现在 5 分钟以上",
                "is more than 5 minutes ahead of the server",
            );
        }
        let agreed = queries::items_of_agreement(uow.db(), self.agreement).await?;
        let agreed: BTreeSet<_> = agreed.iter().map(|row| row.item_id).collect();
        for (number, line) in self.lines.iter().enumerate() {
            if !agreed.contains(&line.item.uuid()) {
                faults.note(
                    format!("/lines/{number}/item_id"),
                    "not-agreed",
                    "协议中没有这种物资",
                    "the item is not part of the agreement",
                );
            }
        }
        faults.finish(Some(()))?;
        let rows = self.lines.iter().map(|line| confirmation::ActiveModel {
            id: Set(uow.id::<kinds::Confirmation>().uuid()),
            agreement_id: Set(row.id),
            item_id: Set(line.item.uuid()),
            quantity: Set(line.quantity),
            confirmed_by: Set(self.confirmed_by.to_string()),
            confirmed_at: Set(at),
            recorded_by: Set(uow.caller().principal()),
            recorded_at: Set(uow.now()),
            note: Set(self.note.as_ref().map(Text::to_string)),
        });
        uow.insert_all(rows.collect()).await?;
        uow.subject(self.agreement, Some(row.organisation_id));
        queries::agreement(uow.db(), &Scope::Everything, self.agreement, uow.today()).await
    }
}
