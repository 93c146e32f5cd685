//! Other goods come in the place of some that were lent.
//!
//! **Invariant.** What comes is of one item and follows the agreed rate to the piece. It is the
//! owner's, as new lots that name the loan; what it stands for is the borrower's from then on.

use domain::{
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Condition, Kind, Line, LoanAction, LoanError, LoanRate, Movement, Outside},
};

use crate::{
    clock::day_at_depots,
    depots,
    problem::{Faults, Problem},
    scope::Scope,
    stock::ledger::{self, NewLot, Origin},
    uow::{Command, Permission, Uow},
};

use super::{
    Act, Count, Held, Paper, queries,
    receive::{self, ReceiptLine},
    signature,
    wire::LoanView,
};

/// Settles some of a lot that was lent by other goods.
#[derive(Debug, Clone)]
pub(crate) struct SettleLoan {
    pub(crate) loan: Id<kinds::Loan>,
    pub(crate) paper: Paper,
    /// What was lent.
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) count: Count,
    pub(crate) rate: LoanRate,
    pub(crate) agreed_in: Text<64>,
    /// What comes.
    pub(crate) lines: Vec<ReceiptLine>,
}

impl Command for SettleLoan {
    type Output = LoanView;
    const NAME: &'static str = "stock.settle_loan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["borrower_name", "counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LoanView, Problem> {
        let held = Held::lock(uow, self.loan).await?;
        held.by_keeper(uow).await?;
        held.by_owner(uow, LoanAction::Settle).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        held.not_before_loan(occurred_at)?;
        let settled = self.quantity(uow).await?;
        let after = held.loan.settle(&[(self.lot, settled)], signature(uow));
        let after = after.map_err(|error| match error {
            LoanError::MoreThanOwed { rest, .. } => Problem::field(
                "/quantity",
                "more-than-owed",
                format!("该批次尚欠 {rest}"),
                error.to_string(),
            ),
            error => held.refused(error),
        })?;
        let papers = held.papers(&self.paper, occurred_at);
        let receipt = uow.id();
        let (lots, movement) = self
            .came(uow, &held, receipt, settled, day_at_depots(occurred_at))
            .await?;
        ledger::create_lots(uow, &lots).await?;
        ledger::post(uow, &movement, &papers).await?;
        let line = Line {
            lot: self.lot,
            condition: Condition::Usable,
            quantity: settled,
            from: held.account(),
            to: Account::Outside {
                depot: held.depot(),
                side: Outside::Recipient,
            },
        };
        let theirs = Movement::new(id, held.depot(), Kind::Issue, vec![line]);
        let theirs = theirs.map_err(Problem::internal)?;
        ledger::post(uow, &theirs, &papers).await?;
        let act = Act {
            name: LoanAction::Settle.name(),
            receipt: Some(receipt),
            rate: Some(self.rate),
            agreed_in: Some(self.agreed_in.clone()),
        };
        held.save(uow, &after, id, act).await
    }
}

impl SettleLoan {
    async fn quantity(&self, uow: &Uow<'_>) -> Result<Quantity, Problem> {
        let units = queries::units_of_lots(uow.db(), &uow.scope(), &[self.lot]).await?;
        let units = units.get(&self.lot).ok_or_else(|| {
            Problem::field(
                "/lot_id",
                "reference",
                "没有这个批次",
                "there is no such lot",
            )
        })?;
        let mut faults = Faults::default();
        let quantity = match self.count.in_base(units) {
            Ok(quantity) => Some(quantity),
            Err((field, fault)) => faults.take(format!("/{field}"), Err(fault)),
        };
        faults.finish(quantity)
    }

    // The new lots and the receipt that brings them in, if they are what the rate asks for.
    async fn came(
        &self,
        uow: &Uow<'_>,
        held: &Held,
        receipt: Id<kinds::Movement>,
        settled: Quantity,
        received_on: chrono::NaiveDate,
    ) -> Result<(Vec<NewLot>, Movement), Problem> {
        let depot = depots::depot(uow.db(), &Scope::Everything, held.depot()).await?;
        let owner = Id::from_uuid(held.row.owner_id);
        let mut faults = Faults::default();
        let lines = self.lines.iter().cloned();
        let owned: Vec<_> = lines
            .map(|line| ReceiptLine {
                owner: Some(owner),
                ..line
            })
            .collect();
        let numbered: Vec<_> = owned.iter().enumerate().collect();
        let checked = receive::check(uow, &depot, &numbered, received_on, &mut faults).await?;
        self.check_items(held, &mut faults);
        let checked = faults.finish(checked)?;
        let wanted = settled.get();
        let given: i64 = checked.iter().map(|line| line.quantity.get()).sum();
        if !self.rate.fits(wanted, given) {
            return Err(Problem::field(
                "/lines",
                "rate",
                format!("按所议比例，{wanted} 件借出物资与来货 {given} 件不符"),
                format!("{given} are not what the rate asks for {wanted} that were lent"),
            ));
        }
        let (mut lots, mut lines) = (Vec::new(), Vec::new());
        for (line, checked) in owned.iter().zip(checked) {
            let id = line.lot.unwrap_or_else(|| uow.id());
            lines.push(Line {
                lot: id,
                condition: line.condition,
                quantity: checked.quantity,
                from: Account::Outside {
                    depot: depot.id,
                    side: Outside::Source,
                },
                to: Account::Zone {
                    depot: depot.id,
                    zone: checked.zone,
                },
            });
            lots.push(NewLot {
                id,
                depot: depot.id,
                lot: checked.lot,
                remark: line.remark.clone(),
                origin: Origin::Loan(held.id()),
            });
        }
        let movement = Movement::new(receipt, depot.id, Kind::Receipt, lines);
        Ok((lots, movement.map_err(Problem::internal)?))
    }

    fn check_items(&self, held: &Held, faults: &mut Faults) {
        let first = self.lines.first().map(|line| line.item);
        for (number, line) in self.lines.iter().enumerate() {
            if Some(line.item) != first {
                faults.note(
                    format!("/lines/{number}/item_id"),
                    "item",
                    "抵还的物资须为同一品类，另一品类请另行抵还",
                    "goods of one item come in place of others: settle the rest apart",
                );
            }
            let other = line
                .owner
                .is_some_and(|owner| owner.uuid() != held.row.owner_id);
            if other {
                faults.note(
                    format!("/lines/{number}/owner_id"),
                    "owner",
                    "抵还的物资归借出单位所有",
                    "what comes is the lender's",
                );
            }
        }
    }
}
