//! A statement as the ledger has it.
//!
//! **Invariant.** Figures come from the domain, which makes none that do not balance, and what was
//! issued is what was issued in all places together. A fixed number of statements, whatever the
//! number of lots, but for one more for every few thousand of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    disclosure::{Figure, Figures, Flow, Share, Side},
    kernel::{Currency, Id, Money, kinds},
    organisations::DivisionCode,
};
use sea_orm::{ConnectionTrait, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    journal,
    problem::{Code, Problem},
    scope::Scope,
    stock::{AccountAsked, AccountLot, AccountLots, FlowRow, account_flows, account_lots},
};

use super::{
    names::{Names, sites, township},
    rows::donor,
    wire::{
        FORMAT, LotFiguresView, StatementAsked, StatementContent, StatementLineView,
        StatementPlaceView, StatementTotalView,
    },
};

/// Lots of one statement at most, and sums that are read for them.
const LOTS_MAX: usize = 5_000;
const SUMS_MAX: u64 = 50_000;

/// What was issued of a lot: for which incident and in which township.
type Place = (Option<Uuid>, Option<DivisionCode>);

// What the sums of one lot come to.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) figures: Figures,
    issued: BTreeMap<Place, i64>,
}

/// The statement that is asked for, of what `scope` reaches.
pub(in crate::disclosure) async fn content(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &StatementAsked,
    now: DateTime<Utc>,
) -> Result<StatementContent, Problem> {
    let donor = reached(db, scope, asked).await?;
    let (position, checkpoint) = place(db, asked.position).await?;
    let until = asked.until.unwrap_or(now);
    let asking = Asking {
        asked,
        donor: donor
            .as_ref()
            .map(|row| (Id::from_uuid(row.organisation_id), row.name.clone())),
        sealed: journal::sealed_before(position),
        until,
    };
    let accounts = asking.accounts(db).await?;
    let ids: Vec<_> = accounts.keys().copied().collect();
    let lots = account_lots(db, &ids).await?;
    let issued = accounts
        .values()
        .flat_map(|account| account.issued.keys().copied())
        .collect();
    let names = Names::read(db, scope, asked, &lots, issued).await?;
    let known: Vec<_> = accounts
        .iter()
        .filter_map(|(id, account)| Some((*id, lots.get(id)?, account)))
        .collect();
    let places = known.iter().flat_map(|&(id, lot, account)| {
        let names = &names;
        let issued = account.issued.iter();
        issued.map(move |(place, quantity)| names.place(id, lot, place, *quantity))
    });
    let (donor_class, donor_name) = names.donor(donor.as_ref())?;
    Ok(StatementContent {
        format: FORMAT.to_owned(),
        organisation_id: asked.organisation,
        organisation_name: names.organisation(asked.organisation),
        incident_id: asked.incident,
        incident_name: asked.incident.and_then(|id| names.incident(id.uuid())),
        donor_id: asked.donor,
        donor_class,
        donor_name,
        item_id: asked.item,
        source: asked.source.map(|source| source.name().to_owned()),
        from: asked.from,
        until,
        position,
        checkpoint,
        totals: totals(&names, &known)?,
        places: places.collect(),
        lines: known
            .iter()
            .map(|(id, lot, account)| names.line(*id, lot, &account.figures))
            .collect(),
        corrects: None,
        differences: Vec::new(),
    })
}

// Whether the caller reaches the organisation and the donor; the donor's row.
async fn reached(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &StatementAsked,
) -> Result<Option<donor::Model>, Problem> {
    if !scope.contains(db, asked.organisation.uuid()).await? {
        return Err(Problem::field(
            "organisation_id",
            "reference",
            "没有这个单位",
            "there is no such organisation",
        )
        .of_query());
    }
    let Some(id) = asked.donor else {
        return Ok(None);
    };
    let found = super::donor(db, scope, id).await;
    found.map(Some).map_err(|problem| {
        problem
            .named_at("donor_id", "没有这个捐赠人", "there is no such donor")
            .of_query()
    })
}

fn too_many() -> Problem {
    Problem::field(
        "from",
        "too-many",
        format!("公示涉及的批次超过 {LOTS_MAX} 个，请缩小范围"),
        format!("the statement would speak of more than {LOTS_MAX} lots; ask for a part of them"),
    )
    .of_query()
}

// The checkpoint under which the statement stands.
pub(super) async fn place(
    db: &impl ConnectionTrait,
    size: Option<i64>,
) -> Result<(i64, String), Problem> {
    let found = journal::checkpoint(db, size).await;
    let found = found.map_err(|problem| match size {
        Some(_) => problem
            .named_at(
                "position",
                "没有这个大小的检查点",
                "there is no checkpoint of this size",
            )
            .of_query(),
        None if problem.code == Code::NotFound => Problem::new(Code::WrongState)
            .with("state", "waiting")
            .detail(
                "日志尚未封存，请过一两秒再试",
                "nothing of the journal is sealed yet; try again in a second or two",
            ),
        None => problem,
    })?;
    Ok((found.size(), found.note().to_owned()))
}

struct Asking<'a> {
    asked: &'a StatementAsked,
    donor: Option<(Id<kinds::Organisation>, String)>,
    sealed: SelectStatement,
    until: DateTime<Utc>,
}

impl Asking<'_> {
    // What the sums of every lot come to; lots of which nothing is to be told are left out.
    async fn accounts(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<BTreeMap<Id<kinds::Lot>, Account>, Problem> {
        let rows = self.rows(db).await?;
        let all = rows.iter().flat_map(|(_, rows)| rows);
        let shipments = all.filter_map(|row| row.shipment_id).collect();
        let at_sites = sites(db, shipments).await?;
        let mut accounts = BTreeMap::new();
        for (share, rows) in rows {
            accounts.extend(accounts_of(share, rows, &at_sites)?);
        }
        accounts.retain(|_, account| !account.figures.is_nothing());
        if accounts.len() > LOTS_MAX {
            return Err(too_many());
        }
        Ok(accounts)
    }

    // Of an incident: the whole life of what is bound to it, and of the rest what moved for it.
    async fn rows(&self, db: &impl ConnectionTrait) -> Result<Vec<(Share, Vec<FlowRow>)>, Problem> {
        let Some(incident) = self.asked.incident else {
            return Ok(vec![(Share::Whole, self.flows(db, None, None).await?)]);
        };
        let bound = self.flows(db, Some((incident, true)), None).await?;
        let others = self
            .flows(db, Some((incident, false)), Some(incident))
            .await?;
        Ok(vec![
            (Share::Whole, bound),
            (Share::MovedForIncident, others),
        ])
    }

    async fn flows(
        &self,
        db: &impl ConnectionTrait,
        bound: Option<(Id<kinds::Incident>, bool)>,
        moved_for: Option<Id<kinds::Incident>>,
    ) -> Result<Vec<FlowRow>, Problem> {
        let asked = AccountAsked {
            lots: AccountLots::Owned {
                owner: self.asked.organisation,
                donor: self.donor.clone(),
                item: self.asked.item,
                source: self.asked.source,
                bound,
            },
            moved_for,
            sealed: self.sealed.clone(),
            from: self.asked.from,
            until: self.until,
        };
        let rows = account_flows(db, &asked, SUMS_MAX + 1).await?;
        if u64::try_from(rows.len()).unwrap_or(u64::MAX) > SUMS_MAX {
            return Err(too_many());
        }
        Ok(rows)
    }
}

pub(super) fn accounts_of(
    share: Share,
    rows: Vec<FlowRow>,
    at_sites: &BTreeMap<Uuid, DivisionCode>,
) -> Result<BTreeMap<Id<kinds::Lot>, Account>, Problem> {
    let mut flows: BTreeMap<Id<kinds::Lot>, Vec<Flow>> = BTreeMap::new();
    let mut issued: BTreeMap<Id<kinds::Lot>, BTreeMap<Place, i64>> = BTreeMap::new();
    for row in rows {
        let lot = Id::from_uuid(row.lot_id);
        let flow = Flow {
            side: row.side.parse().map_err(Problem::internal)?,
            is_return: row.is_return != 0,
            earlier: row.earlier,
            since: row.since,
        };
        if flow.side == Side::Recipient && !flow.is_return {
            let stated = row
                .division_code
                .as_deref()
                .and_then(|code| code.parse().ok());
            let of_site = row.shipment_id.and_then(|id| at_sites.get(&id).copied());
            let place = (row.incident_id, stated.or(of_site).map(township));
            let places = issued.entry(lot).or_default();
            *places.entry(place).or_default() += flow.since;
        }
        flows.entry(lot).or_default().push(flow);
    }
    flows
        .into_iter()
        .map(|(lot, flows)| {
            let figures = Figures::of(share, flows).map_err(Problem::internal)?;
            let mut issued = issued.remove(&lot).unwrap_or_default();
            issued.retain(|_, quantity| *quantity != 0);
            Ok((lot, Account { figures, issued }))
        })
        .collect()
}

fn totals(
    names: &Names,
    lots: &[(Id<kinds::Lot>, &AccountLot, &Account)],
) -> Result<Vec<StatementTotalView>, Problem> {
    let mut sums: BTreeMap<Id<kinds::Item>, Figures> = BTreeMap::new();
    for (_, lot, account) in lots {
        let sum = sums.entry(lot.item).or_default();
        *sum = sum.plus(&account.figures).map_err(Problem::internal)?;
    }
    Ok(sums
        .into_iter()
        .map(|(item, figures)| {
            let (item_name, base_unit) = names.item(item);
            StatementTotalView {
                item_id: item,
                item_name,
                base_unit,
                figures: LotFiguresView::of(&figures),
            }
        })
        .collect())
}

// The value of one, as it was written down.
fn value(lot: &AccountLot) -> Option<Money> {
    let currency = lot.currency.as_deref().map(str::parse);
    let currency = currency.and_then(Result::ok).unwrap_or(Currency::CNY);
    Money::from_ten_thousandths(lot.unit_value_e4?, currency).ok()
}

impl Names {
    fn line(&self, id: Id<kinds::Lot>, lot: &AccountLot, figures: &Figures) -> StatementLineView {
        let (item_name, base_unit) = self.item(lot.item);
        let unit = value(lot);
        let in_money = |figure| unit.map(|one| one.times(figures.get(figure)).to_string());
        let (donor_class, donor_name) = self.donor_of(lot);
        StatementLineView {
            lot_id: id,
            item_id: lot.item,
            item_name,
            base_unit,
            batch: lot.batch.clone(),
            owner_id: lot.owner,
            owner_name: self.organisation(lot.owner),
            source: lot.source.clone(),
            donor_class,
            donor_name,
            received_value: in_money(Figure::Received),
            issued_value: in_money(Figure::Issued),
            currency: unit.map(|one| one.currency().to_string()),
            unit_value: unit.map(|one| one.amount().to_string()),
            figures: LotFiguresView::of(figures),
        }
    }

    fn place(
        &self,
        id: Id<kinds::Lot>,
        lot: &AccountLot,
        (incident, division): &Place,
        quantity: i64,
    ) -> StatementPlaceView {
        let (item_name, base_unit) = self.item(lot.item);
        let unit = value(lot);
        StatementPlaceView {
            lot_id: id,
            owner_id: lot.owner,
            owner_name: self.organisation(lot.owner),
            item_name,
            base_unit,
            incident_id: incident.map(Id::from_uuid),
            incident_name: incident.and_then(|id| self.incident(id)),
            division_code: division.map(|code| code.as_str().to_owned()),
            division_name: division.and_then(|code| self.division(&code)),
            quantity,
            issued_value: unit.map(|one| one.times(quantity).to_string()),
            currency: unit.map(|one| one.currency().to_string()),
            unit_value: unit.map(|one| one.amount().to_string()),
        }
    }
}

/// A page of what a statement says, in its order.
pub(in crate::disclosure) fn page_of<T>(
    items: Vec<T>,
    page: &PageQuery,
    mark: &str,
) -> Result<Page<T>, Problem> {
    let after = page.cursor(mark)?;
    let after = after.map(|cursor| cursor.read(|key| key.parse::<usize>().ok()));
    let first = after.transpose()?.map_or(0, |last| last.saturating_add(1));
    let at_most = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let rows = items.into_iter().enumerate().skip(first);
    let rows: Vec<_> = rows.take(at_most.saturating_add(1)).collect();
    let place = |(index, _): &(usize, T)| (index.to_string(), Uuid::nil());
    Ok(Page::cut(rows, page, mark, place, |(_, item)| item))
}
