//! Agreements are made, changed, renewed and ended.
//!
//! **Invariant.** The supplier is a partner body, and its depot is one of suppliers. What was called
//! off stays agreed: no change goes below it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    depots::Contact,
    identity::Capability,
    kernel::{Id, Money, Period, Place, Text, kinds},
    organisations::DivisionCode,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use crate::{
    http::unchanged,
    organisations,
    problem::{Code, Faults, Problem},
    scope::Scope,
    uow::{Command, Permission, Uow},
};

use super::{
    super::rows::{agreement, agreement_item},
    Wanted, in_base,
    parties::{check_origin, check_supplier},
    queries,
    wire::{self, AgreementView},
};

/// An item as it is agreed.
#[derive(Debug, Clone)]
pub(crate) struct AgreedLine {
    pub(crate) wanted: Wanted,
    pub(crate) response_h: u32,
    /// Of one base unit.
    pub(crate) price: Option<Money>,
}

/// What an agreement says beside its parties and its items.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) term: Period,
    /// The supplier's depot that the goods come from.
    pub(crate) depot: Option<Id<kinds::Depot>>,
    pub(crate) division: Option<DivisionCode>,
    pub(crate) place: Option<Place>,
    pub(crate) address: Option<Text<500>>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) note: Option<Text<1000>>,
}

/// Writes down what a supplier promised.
#[derive(Debug, Clone)]
pub(crate) struct CreateAgreement {
    pub(crate) id: Option<Id<kinds::Agreement>>,
    /// The society that made it.
    pub(crate) organisation: Id<kinds::Organisation>,
    pub(crate) supplier: Id<kinds::Organisation>,
    pub(crate) number: Text<64>,
    pub(crate) terms: Terms,
    pub(crate) lines: Vec<AgreedLine>,
}

impl Command for CreateAgreement {
    type Output = AgreementView;
    const NAME: &'static str = "agreements.create_agreement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAgreements]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AgreementView, Problem> {
        let id = self.write(uow).await?;
        uow.subject(id, Some(self.organisation.uuid()));
        queries::agreement(uow.db(), &Scope::Everything, id, uow.today()).await
    }
}

impl CreateAgreement {
    /// Judges it and writes it down.
    pub(crate) async fn write(&self, uow: &Uow<'_>) -> Result<Id<kinds::Agreement>, Problem> {
        let mut faults = Faults::default();
        let tree = uow.caller().tree();
        let holder =
            organisations::named(uow.db(), &tree, self.organisation, "/organisation_id").await;
        let holder = faults.absorb(holder)?;
        if holder.is_some() {
            uow.require(Capability::ManageAgreements, self.organisation.uuid())
                .await?;
        }
        check_supplier(uow, self.supplier, &mut faults).await?;
        check_origin(uow, &self.terms, &mut faults).await?;
        let lines = check_lines(uow, &self.lines, &mut faults).await?;
        let lines = faults.finish(lines)?;
        let id = self.new_id(uow).await?;
        let Terms {
            term,
            depot,
            division,
            place,
            address,
            contacts,
            note,
        } = &self.terms;
        agreement::ActiveModel {
            id: Set(id.uuid()),
            organisation_id: Set(self.organisation.uuid()),
            supplier_id: Set(self.supplier.uuid()),
            number: Set(self.number.to_string()),
            first_day: Set(term.first().to_string()),
            last_day: Set(term.last().map(|day| day.to_string())),
            depot_id: Set(depot.map(Id::uuid)),
            division_code: Set(division.map(|code| code.to_string())),
            longitude: Set(place.map(Place::longitude)),
            latitude: Set(place.map(Place::latitude)),
            address: Set(address.as_ref().map(Text::to_string)),
            contacts: Set(wire::kept(contacts)?),
            note: Set(note.as_ref().map(Text::to_string)),
            created_at: Set(uow.now()),
            ended_at: Set(None),
            ended_by: Set(None),
            end_reason: Set(None),
            version: Set(1),
        }
        .insert(uow.db())
        .await?;
        let rows = lines.iter().map(|line| line.row(id)).collect();
        uow.insert_all(rows).await?;
        Ok(id)
    }

    async fn new_id(&self, uow: &Uow<'_>) -> Result<Id<kinds::Agreement>, Problem> {
        let Some(id) = self.id else {
            return Ok(uow.id());
        };
        let found = queries::agreement_row(uow.db(), &Scope::Everything, id).await;
        Problem::unless_new(found, "agreement.id").map(|()| id)
    }
}

/// What of an agreement changes; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// Renewed until this day, or without an end.
    pub(crate) last_day: Option<Option<NaiveDate>>,
    pub(crate) contacts: Option<Vec<Contact>>,
    pub(crate) note: Option<Option<Text<1000>>>,
    /// Takes the place of the whole list.
    pub(crate) lines: Option<Vec<AgreedLine>>,
}

/// Changes or renews an agreement.
#[derive(Debug, Clone)]
pub(crate) struct UpdateAgreement {
    pub(crate) agreement: Id<kinds::Agreement>,
    pub(crate) based_on: i64,
    pub(crate) changes: Changes,
}

impl Command for UpdateAgreement {
    type Output = AgreementView;
    const NAME: &'static str = "agreements.update_agreement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAgreements]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AgreementView, Problem> {
        let row = queries::agreement_to_change(uow.db(), &uow.scope(), self.agreement).await?;
        let organisation = row.organisation_id;
        uow.require(Capability::ManageAgreements, organisation)
            .await?;
        unchanged(row.version, self.based_on)?;
        not_ended(&row)?;
        let mut faults = Faults::default();
        let lines = match &self.changes.lines {
            Some(lines) => check_lines(uow, lines, &mut faults).await?,
            None => Some(Vec::new()),
        };
        let first: NaiveDate = row.first_day.parse().map_err(Problem::internal)?;
        if let Some(last) = self.changes.last_day
            && Period::new(first, last).is_err()
        {
            faults.note(
                "/last_day",
                "out-of-order",
                "终止日不得早于起始日",
                "the last day is before the first",
            );
        }
        let lines = faults.finish(lines)?;
        if self.changes.lines.is_some() {
            self.replace(uow, &lines).await?;
        }
        let version = row.version + 1;
        let mut change = row.into_active_model();
        if let Some(last) = self.changes.last_day {
            change.last_day = Set(last.map(|day| day.to_string()));
        }
        if let Some(contacts) = &self.changes.contacts {
            change.contacts = Set(wire::kept(contacts)?);
        }
        if let Some(note) = &self.changes.note {
            change.note = Set(note.as_ref().map(Text::to_string));
        }
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.agreement, Some(organisation));
        queries::agreement(uow.db(), &Scope::Everything, self.agreement, uow.today()).await
    }
}

impl UpdateAgreement {
    // Puts the new list of items in the place of the old one.
    async fn replace(&self, uow: &Uow<'_>, lines: &[Agreed]) -> Result<(), Problem> {
        use agreement_item::{Column, Entity};
        let before = queries::items_of_agreement(uow.db(), self.agreement).await?;
        let used = queries::items_in_use(uow.db(), self.agreement).await?;
        let before: BTreeMap<_, _> = before.into_iter().map(|row| (row.item_id, row)).collect();
        let mut faults = Faults::default();
        let mut fresh = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            match before.get(&line.item.uuid()) {
                None => fresh.push(line.row(self.agreement)),
                Some(row) if row.called > line.quantity => faults.note(
                    format!("/lines/{number}/quantity"),
                    "out-of-range",
                    format!("已要货 {}，不得少于此数", row.called),
                    format!("{} was called off already", row.called),
                ),
                Some(_) => {
                    let mut change = line.row(self.agreement);
                    change.called.take();
                    change.update(uow.db()).await?;
                }
            }
        }
        let named: BTreeSet<_> = lines.iter().map(|line| line.item.uuid()).collect();
        let gone: Vec<_> = before.keys().filter(|id| !named.contains(*id)).collect();
        if gone.iter().any(|id| used.contains(*id)) {
            faults.note(
                "/lines",
                "in-use",
                "已有要货或确认记录的物资不得删除，可把数量改为已要货数",
                "an item that was called off or confirmed stays; lower its quantity instead",
            );
        }
        faults.finish(Some(()))?;
        Entity::delete_many()
            .filter(Column::AgreementId.eq(self.agreement.uuid()))
            .filter(Column::ItemId.is_in(gone.into_iter().copied()))
            .exec(uow.db())
            .await?;
        uow.insert_all(fresh).await
    }
}

/// Ends an agreement before its time: it promises nothing from now on. What was called off is owed
/// all the same.
#[derive(Debug, Clone)]
pub(crate) struct EndAgreement {
    pub(crate) agreement: Id<kinds::Agreement>,
    pub(crate) reason: Text<500>,
}

impl Command for EndAgreement {
    type Output = AgreementView;
    const NAME: &'static str = "agreements.end_agreement";
    const PERMISSION: Permission = Permission::Holds(&[Capability::ManageAgreements]);
    const PERSONAL: &'static [&'static str] = &["contacts"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AgreementView, Problem> {
        let row = queries::agreement_to_change(uow.db(), &uow.scope(), self.agreement).await?;
        let organisation = row.organisation_id;
        uow.require(Capability::ManageAgreements, organisation)
            .await?;
        not_ended(&row)?;
        let version = row.version + 1;
        let mut change = row.into_active_model();
        change.ended_at = Set(Some(uow.now()));
        change.ended_by = Set(Some(uow.caller().principal()));
        change.end_reason = Set(Some(self.reason.to_string()));
        change.version = Set(version);
        change.update(uow.db()).await?;
        uow.subject(self.agreement, Some(organisation));
        queries::agreement(uow.db(), &Scope::Everything, self.agreement, uow.today()).await
    }
}

fn not_ended(row: &agreement::Model) -> Result<(), Problem> {
    if row.ended_at.is_none() {
        return Ok(());
    }
    let id: Id<kinds::Agreement> = Id::from_uuid(row.id);
    Err(Problem::new(Code::WrongState)
        .with("agreement_id", id.to_string())
        .with("state", "ended")
        .detail("协议已终止", "the agreement was ended"))
}

// An item that was found good.
struct Agreed {
    item: Id<kinds::Item>,
    quantity: i64,
    response_h: u32,
    price: Option<Money>,
}

impl Agreed {
    fn row(&self, agreement: Id<kinds::Agreement>) -> agreement_item::ActiveModel {
        agreement_item::ActiveModel {
            agreement_id: Set(agreement.uuid()),
            item_id: Set(self.item.uuid()),
            quantity: Set(self.quantity),
            called: Set(0),
            response_h: Set(self.response_h.into()),
            price_e4: Set(self.price.map(Money::ten_thousandths)),
            currency: Set(self.price.map(|price| price.currency().as_str().to_owned())),
        }
    }
}

async fn check_lines(
    uow: &Uow<'_>,
    lines: &[AgreedLine],
    faults: &mut Faults,
) -> Result<Option<Vec<Agreed>>, Problem> {
    let wanted: Vec<_> = lines.iter().map(|line| line.wanted.clone()).collect();
    let mut seen = BTreeSet::new();
    for (number, line) in wanted.iter().enumerate() {
        if !seen.insert(line.item) {
            faults.note(
                format!("/lines/{number}/item_id"),
                "repeated",
                "同一物资只列一行",
                "an item has one line",
            );
        }
    }
    let read = in_base(uow, &wanted, faults).await?;
    Ok(read.map(|read| {
        let both = read.into_iter().zip(lines);
        both.map(|((item, quantity), line)| Agreed {
            item,
            quantity: quantity.get(),
            response_h: line.response_h,
            price: line.price,
        })
        .collect()
    }))
}
