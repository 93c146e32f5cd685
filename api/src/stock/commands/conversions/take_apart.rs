//! Kits are taken apart.
//!
//! **Invariant.** What went in by the record comes out as the lots that it was; what nothing is on
//! record of becomes lots that name the lot of kits, with its owner, donor, restriction and last
//! day of use. The lot of kits is locked while the record is read, so that no piece comes out
//! twice.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    kernel::{Id, Quantity, Text, kinds},
    stock::{
        Account, Condition, Fate, Kind, Line, Lot, LotFacts, Movement, Out, Outside, Source, Way,
        take_apart,
    },
};

use crate::{
    catalogue::{self, ItemFacts, KitFacts},
    clock::day_at_depots,
    depots::DepotFacts,
    problem::{Faults, Problem},
    stock::{
        columns,
        ledger::{self, NewLot, Origin},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Converted, Count, OpenedLine, Paper, drawing, fate_name, kit, kits, movement, no_such_version,
    places, queries, rows, wire::ConversionView, with_promises,
};

/// Takes kits apart.
#[derive(Debug, Clone)]
pub(crate) struct TakeKitsApart {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    /// The lot of kits.
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) zone: Option<Id<kinds::Zone>>,
    pub(crate) condition: Condition,
    pub(crate) count: Count,
    /// The number of the version of their contents, where it is not on record.
    pub(crate) version: Option<i64>,
    /// The zone of the kits, if absent.
    pub(crate) to_zone: Option<Id<kinds::Zone>>,
    pub(crate) lines: Vec<OpenedLine>,
}

impl Command for TakeKitsApart {
    type Output = ConversionView;
    const NAME: &'static str = "stock.take_kits_apart";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty", "donor"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ConversionView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let opened = self.check(uow, &depot).await?;
        let out = self.out(uow, &opened).await?;
        let pieces = self.pieces(uow, &depot, &opened, &out, occurred_at).await?;
        let papers = self.paper.papers(occurred_at);
        let movement = movement(id, &depot, self.lines_of(&depot, &opened, &pieces))?;
        if let Err(problem) = ledger::convert(uow, &movement, &papers, Way::TakeApart).await {
            return Err(with_promises(uow, depot.id, problem).await?);
        }
        let lost = lost(&depot, &opened, &pieces);
        let loss = (!lost.is_empty()).then(|| uow.id());
        if let Some(loss) = loss {
            let lost = Movement::new(loss, depot.id, Kind::Disposal, lost);
            let lost = lost.map_err(Problem::internal)?;
            ledger::post(uow, &lost, &papers).await?;
        }
        let converted = Converted {
            way: Way::TakeApart,
            movement: id,
            loss,
            kit_lot: self.lot,
            version: opened.version,
            kits: opened.kits,
            pieces,
        };
        converted.record(uow, depot.id).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        converted.view(uow).await
    }
}

// The kits that are opened, with what they refer to.
struct Opened {
    lot: rows::lot::Model,
    version: KitFacts,
    kits: Quantity,
    zone: Id<kinds::Zone>,
    to_zone: Id<kinds::Zone>,
}

impl TakeKitsApart {
    async fn check(&self, uow: &Uow<'_>, depot: &DepotFacts) -> Result<Opened, Problem> {
        let mut faults = Faults::default();
        let lot = queries::kit_lot_to_change(uow.db(), &uow.scope(), self.lot).await?;
        let lot = lot.ok_or_else(|| {
            Problem::field(
                "/lot_id",
                "reference",
                "没有这个批次",
                "there is no such lot",
            )
        })?;
        let id = Id::from_uuid(lot.item_id);
        let items = catalogue::item_facts(uow.db(), &[id]).await?;
        let item = kit(items.get(&id), "/lot_id", &mut faults);
        let kits = item.and_then(|item| kits(&self.count, item, &mut faults));
        let version = match item {
            Some(item) => self.version(uow, item, &mut faults).await?,
            None => None,
        };
        let zones = places::Zones::of(uow, depot.id).await?;
        for (member, zone) in [("/zone_id", self.zone), ("/to_zone_id", self.to_zone)] {
            if let Some(zone) = zone {
                zones.check(&mut faults, member.to_owned(), zone);
            }
        }
        let (version, kits) = faults.finish(version.zip(kits))?;
        let there = queries::zones_of_lots(uow.db(), depot.id, &[self.lot]).await?;
        let goods = (self.lot, self.condition);
        let zone = drawing::zone_of(goods, self.zone, kits, &there, "/zone_id")?;
        Ok(Opened {
            lot,
            version,
            kits,
            zone,
            to_zone: self.to_zone.unwrap_or(zone),
        })
    }

    // The version that they were put together by, or the one that is named.
    async fn version(
        &self,
        uow: &Uow<'_>,
        item: &ItemFacts,
        faults: &mut Faults,
    ) -> Result<Option<KitFacts>, Problem> {
        if let Some(assembly) = queries::assembly_of(uow.db(), self.lot).await? {
            let id = Id::from_uuid(assembly.kit_version_id);
            let version = catalogue::kit_version_facts(uow.db(), id).await?;
            let number = version.number;
            if self.version.is_some_and(|named| named != number) {
                faults.note(
                    "/kit_version",
                    "mismatch",
                    format!("这批套装是按第 {number} 版组装的"),
                    format!("these kits were put together by version {number}"),
                );
            }
            return Ok(Some(version));
        }
        let Some(number) = self.version else {
            faults.note(
                "/kit_version",
                "required",
                "整件入库的套装须写明内容的版次",
                "kits that came in whole need the version of their contents",
            );
            return Ok(None);
        };
        let version = catalogue::kit_numbered(uow.db(), item.id, number).await?;
        if version.is_none() {
            no_such_version(faults);
        }
        Ok(version)
    }

    // What comes out, by the record and by what was found.
    async fn out(&self, uow: &Uow<'_>, opened: &Opened) -> Result<Vec<Out>, Problem> {
        let inside = queries::inside(uow.db(), self.lot).await?;
        let named = self.named(uow, &opened.version, &inside).await?;
        let condition = match opened.lot.recalled_at {
            // Why the kits were recalled, whoever opens them need not know.
            Some(_) if self.condition == Condition::Usable => Condition::Quarantined,
            _ => self.condition,
        };
        let contents = &opened.version.contents;
        take_apart(contents, opened.kits, &inside, &named, condition)
            .map_err(|errors| self.refused(errors))
    }

    // What comes out, each piece of a lot; what nobody knows anything of becomes new ones.
    async fn pieces(
        &self,
        uow: &Uow<'_>,
        depot: &DepotFacts,
        opened: &Opened,
        out: &[Out],
        occurred_at: DateTime<Utc>,
    ) -> Result<BTreeMap<super::Piece, i64>, Problem> {
        let mut new: BTreeMap<Id<kinds::Item>, NewLot> = BTreeMap::new();
        let mut pieces = BTreeMap::new();
        for out in out {
            let lot = match (out.lot, new.get(&out.item)) {
                (Some(lot), _) => lot,
                (None, Some(new)) => new.id,
                (None, None) => {
                    let made = NewLot {
                        id: uow.id(),
                        depot: depot.id,
                        lot: lot_out_of(&opened.lot, out.item, occurred_at)?,
                        remark: None,
                        origin: Origin::Kits(self.lot),
                    };
                    let id = made.id;
                    new.insert(out.item, made);
                    id
                }
            };
            let condition = match out.fate {
                Fate::Back(condition) => condition,
                Fate::Missing => self.condition,
            };
            let piece = (lot, out.item, condition, fate_name(out.fate));
            *pieces.entry(piece).or_insert(0) += out.quantity.get();
        }
        let new: Vec<_> = new.into_values().collect();
        ledger::create_lots(uow, &new).await?;
        Ok(pieces)
    }

    fn lines_of(
        &self,
        depot: &DepotFacts,
        opened: &Opened,
        pieces: &BTreeMap<super::Piece, i64>,
    ) -> Vec<Line> {
        let zone = |zone| Account::Zone {
            depot: depot.id,
            zone,
        };
        let between = Account::Outside {
            depot: depot.id,
            side: Outside::Conversion,
        };
        let kits = Line {
            lot: self.lot,
            condition: self.condition,
            quantity: opened.kits,
            from: zone(opened.zone),
            to: between,
        };
        let out = pieces
            .iter()
            .filter_map(|((lot, _, condition, _), quantity)| {
                Some(Line {
                    lot: *lot,
                    condition: *condition,
                    quantity: Quantity::new(*quantity).ok()?,
                    from: between,
                    to: zone(opened.to_zone),
                })
            });
        std::iter::once(kits).chain(out).collect()
    }
}

// What was not there goes from the shelf, where it never lay, to the loss account.
fn lost(depot: &DepotFacts, opened: &Opened, pieces: &BTreeMap<super::Piece, i64>) -> Vec<Line> {
    let missing = pieces
        .iter()
        .filter(|((.., fate), _)| *fate == queries::MISSING);
    let lines = missing.filter_map(|((lot, _, condition, _), quantity)| {
        Some(Line {
            lot: *lot,
            condition: *condition,
            quantity: Quantity::new(*quantity).ok()?,
            from: Account::Zone {
                depot: depot.id,
                zone: opened.to_zone,
            },
            to: Account::Outside {
                depot: depot.id,
                side: Outside::Loss,
            },
        })
    });
    lines.collect()
}

// What is known of contents of kits that came in whole is what is known of the kits. What one of
// them is worth, nobody can say.
fn lot_out_of(
    kits: &rows::lot::Model,
    item: Id<kinds::Item>,
    occurred_at: DateTime<Utc>,
) -> Result<Lot, Problem> {
    let donor = kits.donor.as_deref().map(Text::new).transpose();
    let facts = LotFacts {
        item,
        owner: Id::from_uuid(kits.owner_id),
        source: Source::Conversion,
        donor: donor.map_err(Problem::internal)?,
        batch: None,
        maker: None,
        produced_on: None,
        expires_on: columns::day(kits.expires_on.as_deref())?,
        unit_value: None,
        restriction: columns::restriction(&kits.restriction_kind, kits.restriction.as_deref())?,
    };
    Lot::new(facts, day_at_depots(occurred_at)).map_err(Problem::internal)
}
