//! Goods are lent to another society, and come back, are settled in kind or are forgiven.
//!
//! **Invariant.** A loan's row is locked before it is judged, so that nothing of it comes back twice.
//! What is owed lies in the loan account of the depot: neither lost nor there to be promised. Whoever
//! keeps the goods lends them and takes them back; that other goods come in their place, or nothing,
//! is for a person who speaks for their owner.

mod lend;
mod settle;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{
        Account, Condition, Kind, Line, Loan, LoanAction, LoanError, LoanState, Movement, Outside,
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};

use crate::{
    depots,
    problem::{Code, Faults, Problem},
    scope::Scope,
    stock::ledger::{self, Papers},
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Draw, Paper, Stuff, drawing, places, queries, receive,
    rows::{
        self,
        loans::{loan, loan_line, loan_movement},
    },
    shift,
    stocktakes::signature,
    wire::{self, LoanView},
};

pub(crate) use lend::{Borrower, Lend};
pub(crate) use settle::SettleLoan;

/// How a loan begins, in the table of its movements.
const LEND: &str = "lend";

// Papers that name a day are not held against anybody.
const DATED_BEFORE_LOAN_MAX: TimeDelta = TimeDelta::days(1);

/// Takes goods back.
#[derive(Debug, Clone)]
pub(crate) struct GiveBackLoan {
    pub(crate) loan: Id<kinds::Loan>,
    pub(crate) paper: Paper,
    pub(crate) lines: Vec<BackLine>,
}

/// Goods of one lot that come back in one state.
#[derive(Debug, Clone)]
pub(crate) struct BackLine {
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) count: Count,
    pub(crate) condition: Condition,
    /// The depot's main zone, if absent.
    pub(crate) zone: Option<Id<kinds::Zone>>,
}

impl Command for GiveBackLoan {
    type Output = LoanView;
    const NAME: &'static str = "stock.give_back_loan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["borrower_name", "counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LoanView, Problem> {
        let held = Held::lock(uow, self.loan).await?;
        held.by_keeper(uow).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        held.not_before_loan(occurred_at)?;
        let zones = places::Zones::of(uow, held.depot()).await?;
        let main = zones.main()?;
        let mut faults = Faults::default();
        for (number, line) in self.lines.iter().enumerate() {
            if let Some(zone) = line.zone {
                zones.check(&mut faults, format!("/lines/{number}/zone_id"), zone);
            }
        }
        let counts = self.lines.iter().map(|line| (line.lot, &line.count));
        let quantities = shift::quantities(uow, counts, faults).await?;
        let goods = self.lines.iter().zip(quantities);
        let goods: Vec<_> = goods.map(|(line, some)| (line.lot, some)).collect();
        let after = held.loan.give_back(&goods, signature(uow));
        let after = after.map_err(|error| held.refused(error))?;
        let depot = held.depot();
        let lines = self.lines.iter().zip(&goods);
        let lines = lines.map(|(line, (lot, quantity))| Line {
            lot: *lot,
            condition: line.condition,
            quantity: *quantity,
            from: held.account(),
            to: Account::Zone {
                depot,
                zone: line.zone.unwrap_or(main),
            },
        });
        let movement = Movement::new(id, depot, Kind::Return, lines.collect());
        let movement = movement.map_err(Problem::internal)?;
        let papers = held.papers(&self.paper, occurred_at);
        ledger::post(uow, &movement, &papers).await?;
        let act = Act::of(LoanAction::GiveBack);
        held.save(uow, &after, id, act).await
    }
}

/// Asks for the rest no more, for the owner.
#[derive(Debug, Clone)]
pub(crate) struct ForgiveLoan {
    pub(crate) loan: Id<kinds::Loan>,
    pub(crate) reason: Text<500>,
}

impl Command for ForgiveLoan {
    type Output = LoanView;
    const NAME: &'static str = "stock.forgive_loan";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ApproveOrder]);
    const PERSONAL: &'static [&'static str] = &["borrower_name"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LoanView, Problem> {
        let held = Held::lock(uow, self.loan).await?;
        held.by_owner(uow, LoanAction::Forgive).await?;
        let reason = self.reason.to_string();
        let after = held.loan.forgive(signature(uow), reason);
        let after = after.map_err(|error| held.refused(error))?;
        let depot = held.depot();
        let owed = held.loan.lines.iter().filter(|line| line.rest() > 0);
        let lines = owed.map(|line| {
            Ok(Line {
                lot: line.lot,
                condition: Condition::Usable,
                quantity: Quantity::new(line.rest()).map_err(Problem::internal)?,
                from: held.account(),
                to: Account::Outside {
                    depot,
                    side: Outside::Loss,
                },
            })
        });
        let lines = lines.collect::<Result<_, Problem>>()?;
        let id = uow.id();
        let movement = Movement::new(id, depot, Kind::Disposal, lines);
        let movement = movement.map_err(Problem::internal)?;
        let papers = Papers {
            counterparty: Text::new(&held.row.borrower_name).ok(),
            note: Text::new(self.reason.as_str()).ok(),
            ..Papers::default()
        };
        ledger::post(uow, &movement, &papers).await?;
        let act = Act::of(LoanAction::Forgive);
        held.save(uow, &after, id, act).await
    }
}

// What a movement did to a loan.
#[derive(Default)]
struct Act {
    name: &'static str,
    receipt: Option<Id<kinds::Movement>>,
    rate: Option<domain::stock::LoanRate>,
    agreed_in: Option<Text<64>>,
}

impl Act {
    fn of(action: LoanAction) -> Self {
        Self {
            name: action.name(),
            ..Self::default()
        }
    }

    fn row(
        self,
        depot: Id<kinds::Depot>,
        loan: Id<kinds::Loan>,
        movement: Id<kinds::Movement>,
    ) -> loan_movement::ActiveModel {
        loan_movement::ActiveModel {
            depot_id: Set(depot.uuid()),
            movement_id: Set(movement.uuid()),
            loan_id: Set(loan.uuid()),
            act: Set(self.name.to_owned()),
            receipt_id: Set(self.receipt.map(Id::uuid)),
            rate_lent: Set(self.rate.map(|rate| rate.lent.get())),
            rate_given: Set(self.rate.map(|rate| rate.given.get())),
            agreed_in: Set(self.agreed_in.map(|text| text.as_str().to_owned())),
        }
    }
}

// A loan that nobody else changes until the transaction ends.
struct Held {
    row: loan::Model,
    loan: Loan,
}

impl Held {
    /// Locks one that the caller sees.
    async fn lock(uow: &Uow<'_>, id: Id<kinds::Loan>) -> Result<Self, Problem> {
        let (row, loan) = queries::loan_to_change(uow.db(), &uow.scope(), id).await?;
        Ok(Self { row, loan })
    }

    fn id(&self) -> Id<kinds::Loan> {
        Id::from_uuid(self.row.id)
    }

    fn depot(&self) -> Id<kinds::Depot> {
        Id::from_uuid(self.row.depot_id)
    }

    fn account(&self) -> Account {
        Account::Outside {
            depot: self.depot(),
            side: Outside::Loan,
        }
    }

    /// Refuses whoever does not keep stock for the depot.
    async fn by_keeper(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        let depot = depots::depot(uow.db(), &Scope::Everything, self.depot()).await?;
        let custodian = depot.organisation_id.uuid();
        uow.require(Capability::PostStock, custodian).await
    }

    /// Refuses whoever does not speak for the owner, or is no person.
    async fn by_owner(&self, uow: &Uow<'_>, action: LoanAction) -> Result<(), Problem> {
        uow.require(Capability::ApproveOrder, self.row.owner_id)
            .await?;
        if uow.caller().account().is_none() {
            // Who is behind a key, and whether they lent, nobody knows.
            return Err(Problem::new(Code::Forbidden)
                .with("action", action.name())
                .detail("须由本人登录办理", "a person does this, not a key"));
        }
        Ok(())
    }

    fn not_before_loan(&self, occurred_at: DateTime<Utc>) -> Result<(), Problem> {
        if occurred_at + DATED_BEFORE_LOAN_MAX < self.row.lent_at {
            return Err(Problem::field(
                "/occurred_at",
                "out-of-order",
                "不得早于借出",
                "is before the goods were lent",
            ));
        }
        Ok(())
    }

    fn papers(&self, paper: &Paper, occurred_at: DateTime<Utc>) -> Papers {
        let mut papers = paper.papers(occurred_at);
        papers.counterparty = papers
            .counterparty
            .or_else(|| Text::new(&self.row.borrower_name).ok());
        papers
    }

    fn refused(&self, error: LoanError) -> Problem {
        let english = error.to_string();
        match error {
            LoanError::WrongState { state, action } => Problem::new(Code::WrongState)
                .with("state", state.name())
                .with("action", action.name())
                .with("loan_id", self.id().to_string())
                .detail("借出单已经结清或豁免", english),
            LoanError::LenderForgives => Problem::new(Code::Forbidden)
                .with("action", LoanAction::Forgive.name())
                .detail("办理借出的人不得豁免", english),
            LoanError::MoreThanOwed { line, rest } => Problem::field(
                format!("/lines/{line}/quantity"),
                "more-than-owed",
                format!("该批次尚欠 {rest}"),
                english,
            ),
        }
    }

    /// Writes down what became of it.
    async fn save(
        self,
        uow: &mut Uow<'_>,
        after: &Loan,
        movement: Id<kinds::Movement>,
        act: Act,
    ) -> Result<LoanView, Problem> {
        use loan_line::{Column, Entity};
        let (id, depot, owner) = (self.id(), self.depot(), self.row.owner_id);
        act.row(depot, id, movement).insert(uow.db()).await?;
        let lines = self.loan.lines.iter().zip(&after.lines);
        for (_, line) in lines.filter(|(before, after)| before != after) {
            Entity::update_many()
                .col_expr(Column::GivenBack, Expr::value(line.given_back))
                .col_expr(Column::Settled, Expr::value(line.settled))
                .col_expr(Column::Forgiven, Expr::value(line.forgiven))
                .filter(Column::DepotId.eq(depot.uuid()))
                .filter(Column::LoanId.eq(id.uuid()))
                .filter(Column::LotId.eq(line.lot.uuid()))
                .exec(uow.db())
                .await?;
        }
        let version = self.row.version + 1;
        let mut change = self.row.into_active_model();
        change.state = Set(after.state.name().name().to_owned());
        change.version = Set(version);
        match &after.state {
            LoanState::Open => {}
            LoanState::Closed { closed } => {
                change.ended_at = Set(Some(closed.at));
                change.ended_by = Set(Some(closed.by.clone()));
            }
            LoanState::Forgiven { forgiven, reason } => {
                change.ended_at = Set(Some(forgiven.at));
                change.ended_by = Set(Some(forgiven.by.clone()));
                change.end_reason = Set(Some(reason.clone()));
            }
        }
        change.update(uow.db()).await?;
        uow.subject(id, Some(owner));
        queries::loan(uow.db(), &Scope::Everything, id, uow.today()).await
    }
}

/// Refuses to undo a movement of a loan: the loan would say one thing and the ledger another. Goods
/// that were lent by mistake are given back, and those that were taken back by mistake are lent anew.
pub(super) async fn before_reversal(
    uow: &Uow<'_>,
    row: &rows::movement::Model,
) -> Result<(), Problem> {
    let Some(loan) = queries::loan_of_movement(uow.db(), row).await? else {
        return Ok(());
    };
    Err(Problem::new(Code::WrongState)
        .with("state", "lent")
        .with("loan_id", loan.to_string())
        .detail(
            "该单据属于一张借出单，不得冲红：误借的请办归还，误还的请重新借出",
            "the movement belongs to a loan and is not reversed: give the goods back, or lend them \
             anew",
        ))
}
