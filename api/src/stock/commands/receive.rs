//! Goods come in.
//!
//! **Invariant.** Every line of a receipt is a new lot, whose facts fit together in time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    identity::Capability,
    kernel::{Id, Money, Quantity, Text, kinds},
    organisations::DivisionCode,
    stock::{
        Account, Condition, Kind, Line, Lot, LotError, LotFacts, Movement, Outside, Restriction,
        Source,
    },
};

use crate::{
    catalogue::{self, ItemFacts},
    clock::day_at_depots,
    depots::DepotFacts,
    organisations,
    problem::{Fault, Faults, Problem},
    stock::ledger::{self, NewLot, Origin},
    uow::{Command, Permission, Uow},
};

use super::{
    Count, Paper, places, queries, receipt_codes,
    wire::{ReceiptView, WarningView},
};

/// Books goods in.
#[derive(Debug, Clone)]
pub(crate) struct Receive {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    /// What the goods were before they came in.
    pub(crate) origin: Origin,
    pub(crate) lines: Vec<ReceiptLine>,
}

/// A new lot.
#[derive(Debug, Clone)]
pub(crate) struct ReceiptLine {
    /// The id of the lot, if the client made one.
    pub(crate) lot: Option<Id<kinds::Lot>>,
    pub(crate) item: Id<kinds::Item>,
    pub(crate) count: Count,
    pub(crate) source: Source,
    /// The depot's organisation, if absent.
    pub(crate) owner: Option<Id<kinds::Organisation>>,
    pub(crate) donor: Option<Text<200>>,
    pub(crate) batch: Option<Text<64>>,
    pub(crate) maker: Option<Text<200>>,
    pub(crate) produced_on: Option<NaiveDate>,
    /// Follows from the day of production and the item's shelf life, if absent.
    pub(crate) expires_on: Option<NaiveDate>,
    pub(crate) unit_value: Option<Money>,
    pub(crate) restriction: Restriction,
    /// The depot's main zone, if absent.
    pub(crate) zone: Option<Id<kinds::Zone>>,
    pub(crate) bin: Option<Id<kinds::Bin>>,
    pub(crate) condition: Condition,
    pub(crate) remark: Option<Text<500>>,
}

impl Command for Receive {
    type Output = ReceiptView;
    const NAME: &'static str = "stock.receive";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty"];
    const SECRET: &'static [&'static str] = &["trace_code"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReceiptView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let received_on = day_at_depots(occurred_at);
        let numbered: Vec<_> = self.lines.iter().enumerate().collect();
        let mut faults = Faults::default();
        let parsed = check(uow, &depot, &numbered, received_on, &mut faults).await?;
        let parsed = faults.finish(parsed)?;
        let mut papers = self.paper.papers(occurred_at);
        let (mut lots, mut lines, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (line, checked)) in self.lines.iter().zip(parsed).enumerate() {
            let lot = line.lot.unwrap_or_else(|| uow.id());
            warnings.extend(checked.warnings(number, received_on));
            lines.push(Line {
                lot,
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
                id: lot,
                depot: depot.id,
                lot: checked.lot,
                remark: line.remark.clone(),
                origin: self.origin,
            });
            papers.bins.extend(line.bin.map(|bin| (number, bin)));
        }
        let movement =
            Movement::new(id, depot.id, Kind::Receipt, lines).map_err(Problem::internal)?;
        ledger::create_lots(uow, &lots).await?;
        let posted = ledger::post(uow, &movement, &papers).await?;
        let is_gift = self
            .lines
            .iter()
            .any(|line| line.source == Source::Donation);
        let trace_code = if is_gift && self.origin == Origin::Itself {
            let number = self.paper.number.as_ref().map(Text::as_str);
            Some(receipt_codes::mint(uow, depot.id.uuid(), id, number).await?)
        } else {
            None
        };
        uow.subject(id, Some(depot.organisation_id.uuid()));
        Ok(ReceiptView {
            movement: queries::posted(uow.db(), posted, BTreeMap::new()).await?,
            warnings,
            trace_code,
        })
    }
}

/// Checks numbered lines that become lots of a depot, and notes all that is wrong with them.
pub(super) async fn check(
    uow: &Uow<'_>,
    depot: &DepotFacts,
    lines: &[(usize, &ReceiptLine)],
    received_on: NaiveDate,
    faults: &mut Faults,
) -> Result<Option<Vec<Checked>>, Problem> {
    let known = Known::read(uow, depot, lines).await?;
    let parsed: Vec<_> = lines
        .iter()
        .map(|(number, line)| line.check(&known, received_on, *number, faults))
        .collect();
    let mut seen = BTreeSet::new();
    for (number, line) in lines {
        if line.lot.is_some_and(|lot| !seen.insert(lot)) {
            faults.note(
                format!("/lines/{number}/lot_id"),
                "repeated",
                "每行须是一个新批次",
                "every line is a lot of its own",
            );
        }
    }
    Ok(parsed.into_iter().collect())
}

// What the lines refer to, read at once.
struct Known {
    custodian: Id<kinds::Organisation>,
    items: BTreeMap<Id<kinds::Item>, ItemFacts>,
    owners: BTreeSet<Id<kinds::Organisation>>,
    // Why a division that is named is none of today.
    no_divisions: BTreeMap<DivisionCode, Fault>,
    zones: places::Zones,
    bins: places::Bins,
    main_zone: Id<kinds::Zone>,
}

impl Known {
    async fn read(
        uow: &Uow<'_>,
        depot: &DepotFacts,
        lines: &[(usize, &ReceiptLine)],
    ) -> Result<Self, Problem> {
        let lines = || lines.iter().map(|(_, line)| *line);
        let items: BTreeSet<_> = lines().map(|line| line.item).collect();
        let items: Vec<_> = items.into_iter().collect();
        // Owners are reference data: a county keeps goods of its province.
        let owners: Vec<_> = lines().filter_map(|line| line.owner).collect();
        let codes: Vec<_> = lines()
            .filter_map(|line| match &line.restriction {
                Restriction::Division(code) => Some(*code),
                _ => None,
            })
            .collect();
        let zones = places::Zones::of(uow, depot.id).await?;
        Ok(Self {
            custodian: depot.organisation_id,
            items: catalogue::item_facts(uow.db(), &items).await?,
            owners: organisations::known(uow.db(), &owners).await?,
            no_divisions: organisations::not_of_today(uow.db(), &codes, uow.today()).await?,
            main_zone: zones.main()?,
            zones,
            bins: places::Bins::of(uow, depot.id, lines().filter_map(|line| line.bin)).await?,
        })
    }
}

/// A line that was found good.
pub(super) struct Checked {
    pub(super) lot: Lot,
    pub(super) quantity: Quantity,
    pub(super) zone: Id<kinds::Zone>,
    derived: Option<NaiveDate>,
}

impl Checked {
    fn warnings(&self, line: usize, received_on: NaiveDate) -> Vec<WarningView> {
        let derived = self.derived.map(|day| WarningView {
            line,
            code: "expiry_derived".to_owned(),
            expires_on: day.to_string(),
            wanted_after: None,
        });
        let life = self
            .lot
            .life_warning(received_on)
            .map(|warning| WarningView::of_life(line, warning));
        derived.into_iter().chain(life).collect()
    }
}

impl ReceiptLine {
    fn check(
        &self,
        known: &Known,
        received_on: NaiveDate,
        number: usize,
        faults: &mut Faults,
    ) -> Option<Checked> {
        let at = |field: &str| format!("/lines/{number}/{field}");
        let zone = self.zone.unwrap_or(known.main_zone);
        self.check_references(known, zone, faults, &at);
        let item = faults.take(at("item_id"), catalogue::known(&known.items, self.item))?;
        if !item.active {
            faults.note(
                at("item_id"),
                "retired",
                "该物资已停用",
                "the item is retired",
            );
        }
        let quantity = self.count.in_base(&item.units);
        let quantity = match quantity {
            Ok(quantity) => Some(quantity),
            Err((field, fault)) => faults.take(at(field), Err(fault)),
        };
        let derived = self.derived_expiry(item);
        let lot = Lot::new(self.facts(known, derived), received_on);
        let lot = match lot {
            Ok(lot) => Some(lot),
            Err(error) => {
                note(faults, &at, error);
                None
            }
        };
        Some(Checked {
            lot: lot?,
            quantity: quantity?,
            zone,
            derived,
        })
    }

    // Whether what the line names beside its item is there.
    fn check_references(
        &self,
        known: &Known,
        zone: Id<kinds::Zone>,
        faults: &mut Faults,
        at: &impl Fn(&str) -> String,
    ) {
        known.zones.check(faults, at("zone_id"), zone);
        if let Some(bin) = self.bin {
            known.bins.check(faults, at("bin_id"), zone, bin);
        }
        if self
            .owner
            .is_some_and(|owner| !known.owners.contains(&owner))
        {
            faults.note(
                at("owner_id"),
                "reference",
                "没有这个单位",
                "there is no such organisation",
            );
        }
        if let Restriction::Division(code) = &self.restriction
            && let Some(fault) = known.no_divisions.get(code)
        {
            faults.note(
                at("restriction/division_code"),
                fault.code,
                fault.message.zh.clone(),
                fault.message.en.clone(),
            );
        }
    }

    fn derived_expiry(&self, item: &ItemFacts) -> Option<NaiveDate> {
        if self.expires_on.is_some() {
            return None;
        }
        item.shelf_life?.expires_on(self.produced_on?)
    }

    fn facts(&self, known: &Known, derived: Option<NaiveDate>) -> LotFacts {
        LotFacts {
            item: self.item,
            owner: self.owner.unwrap_or(known.custodian),
            source: self.source,
            donor: self.donor.clone(),
            batch: self.batch.clone(),
            maker: self.maker.clone(),
            produced_on: self.produced_on,
            expires_on: self.expires_on.or(derived),
            unit_value: self.unit_value,
            restriction: self.restriction.clone(),
        }
    }
}

fn note(faults: &mut Faults, at: &impl Fn(&str) -> String, error: LotError) {
    let english = error.to_string();
    match error {
        LotError::ExpiryBeforeProduction { .. } => faults.note(
            at("expires_on"),
            "out-of-order",
            "有效期不得早于生产日期",
            english,
        ),
        LotError::ProducedAfterReceipt { .. } => faults.note(
            at("produced_on"),
            "out-of-order",
            "生产日期不得晚于入库日期",
            english,
        ),
    }
}
