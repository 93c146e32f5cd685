//! Codes of receipts: made, made anew, and refused after too many wrong ones.
//!
//! **Invariant.** A code is in the answer to its making and nowhere else; a new one ends the old one.
//! Every wrong code is counted, however many come together.

use domain::{
    identity::{Capability, LockoutRule},
    kernel::{Id, kinds},
    stock::ReceiptCode,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{places, queries, rows::receipt_codes::receipt_code, wire::TraceCodeView};
use crate::{
    ids,
    problem::{Code, Problem},
    uow::{Command, Permission, Uow},
};

/// Makes the code of a receipt that has none yet.
pub(super) async fn mint(
    uow: &Uow<'_>,
    depot: Uuid,
    movement: Id<kinds::Movement>,
    number: Option<&str>,
) -> Result<String, Problem> {
    let code = ReceiptCode::new(ids::random());
    fresh(uow, depot, movement, number, &code)
        .insert(uow.db())
        .await?;
    Ok(code.printed())
}

fn fresh(
    uow: &Uow<'_>,
    depot: Uuid,
    movement: Id<kinds::Movement>,
    number: Option<&str>,
    code: &ReceiptCode,
) -> receipt_code::ActiveModel {
    receipt_code::ActiveModel {
        depot_id: Set(depot),
        movement_id: Set(movement.uuid()),
        number: Set(number.map(str::to_owned)),
        code_hash: Set(queries::code_hash(movement, code)),
        failed_attempts: Set(0),
        locked_until: Set(None),
        made_at: Set(uow.now()),
    }
}

/// Makes a code anew, for a slip that was lost or never printed.
#[derive(Debug, Clone)]
pub(crate) struct RenewTraceCode {
    pub(crate) movement: Id<kinds::Movement>,
}

impl Command for RenewTraceCode {
    type Output = TraceCodeView;
    const NAME: &'static str = "stock.renew_trace_code";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const SECRET: &'static [&'static str] = &["trace_code"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<TraceCodeView, Problem> {
        use receipt_code::{Column, Entity};
        let (row, _) = queries::movement_rows(uow.db(), &uow.scope(), self.movement).await?;
        let depot = Id::from_uuid(row.depot_id);
        let depot = places::depot(uow, depot, Capability::PostStock).await?;
        let gifts = queries::lots_of_receipt(uow.db(), self.movement).await?;
        if gifts.is_empty() {
            return Err(Problem::new(Code::WrongState)
                .with("state", row.kind)
                .detail(
                    "只有捐赠物资的入库单有查询码",
                    "only a receipt of gifts has a code",
                ));
        }
        let code = ReceiptCode::new(ids::random());
        let number = row.paper_number.as_deref();
        let anew = OnConflict::columns([Column::DepotId, Column::MovementId])
            .update_columns([
                Column::CodeHash,
                Column::FailedAttempts,
                Column::LockedUntil,
                Column::MadeAt,
            ])
            .to_owned();
        Entity::insert(fresh(uow, row.depot_id, self.movement, number, &code))
            .on_conflict(anew)
            .exec_without_returning(uow.db())
            .await?;
        uow.subject(self.movement, Some(depot.organisation_id.uuid()));
        Ok(TraceCodeView {
            movement_id: self.movement,
            number: row.paper_number,
            trace_code: Some(code.printed()),
        })
    }
}

/// Counts a wrong code, after several of which in a row the receipt rests for a while; a right one
/// ends the row.
#[derive(Debug, Clone)]
pub(crate) struct NoteTraceCode {
    pub(crate) movement: Id<kinds::Movement>,
    pub(crate) was_right: bool,
}

impl Command for NoteTraceCode {
    type Output = ();
    const NAME: &'static str = "stock.note_trace_code";
    const PERMISSION: Permission =
        Permission::Unasked("a donor without an account asks; wrong codes are counted");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        let Some(row) = queries::receipt_code_to_change(uow.db(), self.movement).await? else {
            return Ok(());
        };
        let failed = if self.was_right {
            0
        } else {
            row.failed_attempts + 1
        };
        let counted = u32::try_from(failed).unwrap_or(u32::MAX);
        let until = LockoutRule::default().locked_until(counted, uow.now());
        let mut change = row.into_active_model();
        change.failed_attempts = Set(failed);
        change.locked_until = Set(until);
        change.update(uow.db()).await?;
        uow.subject(self.movement, None);
        Ok(())
    }
}
