//! Goods leave for a time.
//!
//! **Invariant.** All goods of a loan are of one owner, usable, in date and bound to nothing: what a
//! donor bound to a purpose is not lent away from it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{Account, Hold, Kind, Line, LoanStateName, Movement, Outside, Purpose},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::{
    organisations,
    problem::{Faults, Problem},
    scope::Scope,
    stock::ledger,
    uow::{Command, Permission, Uow},
};

use super::{
    Act, Draw, LEND, Paper, Stuff,
    drawing::{Asked, merged},
    loan, loan_line, places, queries,
    wire::LoanView,
};

/// Lends goods.
#[derive(Debug, Clone)]
pub(crate) struct Lend {
    pub(crate) id: Option<Id<kinds::Loan>>,
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) borrower: Borrower,
    pub(crate) due_on: NaiveDate,
    pub(crate) reference: Option<Text<64>>,
    /// Each names its lot.
    pub(crate) lines: Vec<Draw>,
}

/// Who borrows.
#[derive(Debug, Clone)]
pub(crate) enum Borrower {
    /// An organisation of the tree.
    Organisation(Id<kinds::Organisation>),
    /// A society outside it.
    Foreign(Text<200>),
}

impl Command for Lend {
    type Output = LoanView;
    const NAME: &'static str = "stock.lend";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["borrower_name", "counterparty"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<LoanView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.id(uow).await?;
        let movement = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        if self.due_on < uow.today() {
            return Err(Problem::field(
                "/due_on",
                "out-of-range",
                "不得早于今天",
                "must not be in the past",
            ));
        }
        let (borrower, name) = self.borrower(uow).await?;
        let asked = Asked {
            depot: depot.id,
            owner: None,
            draws: &self.lines,
            purpose: &Purpose::default(),
            day: ledger::judged_on(uow, Some(occurred_at)),
        };
        let holds = merged(asked.resolve(uow).await?)?;
        let owner = self.owner(uow, borrower).await?;
        let mut papers = self.paper.papers(occurred_at);
        papers.counterparty = papers.counterparty.or_else(|| Text::new(&name).ok());
        // What is bound to anything is withheld.
        papers.purpose = Some(Purpose::default());
        let moved = self.movement(movement, &holds)?;
        ledger::post(uow, &moved, &papers).await?;
        self.row(uow, id, owner, borrower, name)
            .insert(uow.db())
            .await?;
        uow.insert_all(self.line_rows(id, &holds)).await?;
        let act = Act {
            name: LEND,
            ..Act::default()
        };
        act.row(self.depot, id, movement).insert(uow.db()).await?;
        uow.subject(id, Some(owner.uuid()));
        queries::loan(uow.db(), &Scope::Everything, id, uow.today()).await
    }
}

impl Lend {
    async fn id(&self, uow: &Uow<'_>) -> Result<Id<kinds::Loan>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        // The key of the table holds the depot too, so another depot's paper would not collide.
        let found = queries::loan_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "loan.id").map(|()| id)
    }

    // Borrowers are reference data: a county lends to its neighbour.
    async fn borrower(
        &self,
        uow: &Uow<'_>,
    ) -> Result<(Option<Id<kinds::Organisation>>, String), Problem> {
        match &self.borrower {
            Borrower::Foreign(name) => Ok((None, name.as_str().to_owned())),
            Borrower::Organisation(id) => {
                let pointer = "/borrower_id";
                let found = organisations::named(uow.db(), &Scope::Everything, *id, pointer);
                Ok((Some(*id), found.await?.name))
            }
        }
    }

    // Whose goods they all are, or why they are not lent on one paper.
    async fn owner(
        &self,
        uow: &Uow<'_>,
        borrower: Option<Id<kinds::Organisation>>,
    ) -> Result<Id<kinds::Organisation>, Problem> {
        let named = self.lines.iter().filter_map(|draw| match draw.stuff {
            Stuff::Lot { lot, .. } => Some(lot),
            Stuff::Item(_) => None,
        });
        let named: Vec<_> = named.collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &named).await?;
        let mut faults = Faults::default();
        let mut owner = None;
        for (number, id) in named.into_iter().enumerate() {
            let lot = lots.get(&id).ok_or_else(Problem::not_found)?;
            if *owner.get_or_insert(lot.owner_id) != lot.owner_id {
                faults.note(
                    format!("/lines/{number}/lot_id"),
                    "owner",
                    "一张借出单只借出一个物权单位的物资",
                    "a loan is of goods of one owner",
                );
            }
        }
        let owner = owner.map(Id::from_uuid);
        if owner.is_some() && owner == borrower {
            faults.note(
                "/borrower_id",
                "own",
                "物资本就属于借入单位",
                "the goods are the borrower's own",
            );
        }
        faults.finish(owner)
    }

    fn movement(&self, id: Id<kinds::Movement>, holds: &[Hold]) -> Result<Movement, Problem> {
        let lines = holds.iter().map(|hold| Line {
            lot: hold.lot,
            condition: hold.condition,
            quantity: hold.quantity,
            from: hold.key(self.depot).account,
            to: Account::Outside {
                depot: self.depot,
                side: Outside::Loan,
            },
        });
        Movement::new(id, self.depot, Kind::Issue, lines.collect()).map_err(Problem::internal)
    }

    fn row(
        &self,
        uow: &Uow<'_>,
        id: Id<kinds::Loan>,
        owner: Id<kinds::Organisation>,
        borrower: Option<Id<kinds::Organisation>>,
        borrower_name: String,
    ) -> loan::ActiveModel {
        loan::ActiveModel {
            depot_id: Set(self.depot.uuid()),
            id: Set(id.uuid()),
            owner_id: Set(owner.uuid()),
            borrower_id: Set(borrower.map(Id::uuid)),
            borrower_name: Set(borrower_name),
            due_on: Set(self.due_on.to_string()),
            reference: Set(self.reference.as_ref().map(|text| text.as_str().to_owned())),
            state: Set(LoanStateName::Open.name().to_owned()),
            lent_at: Set(uow.now()),
            lent_by: Set(uow.caller().principal()),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
            version: Set(1),
        }
    }

    fn line_rows(&self, id: Id<kinds::Loan>, holds: &[Hold]) -> Vec<loan_line::ActiveModel> {
        let mut lent: BTreeMap<_, i64> = BTreeMap::new();
        for hold in holds {
            *lent.entry(hold.lot).or_default() += Quantity::get(hold.quantity);
        }
        let lines = lent.into_iter().map(|(lot, lent)| loan_line::ActiveModel {
            depot_id: Set(self.depot.uuid()),
            loan_id: Set(id.uuid()),
            lot_id: Set(lot.uuid()),
            lent: Set(lent),
            given_back: Set(0),
            settled: Set(0),
            forgiven: Set(0),
        });
        lines.collect()
    }
}
