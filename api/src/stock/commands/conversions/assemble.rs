//! Kits are put together.
//!
//! **Invariant.** The new lot of kits says of itself only what follows from what went in. What is
//! picked is unrestricted and of one owner; whoever wants other goods in a kit names their lot.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    identity::Capability,
    kernel::{Currency, Id, Money, Quantity, Text, kinds},
    stock::{
        Account, Assembled, AssemblyError, Condition, Hold, Line, Lot, LotFacts, Outside, Part,
        Purpose, Source, Way, assemble,
    },
};

use crate::{
    catalogue::{self, KitFacts},
    clock::day_at_depots,
    depots::DepotFacts,
    organisations,
    problem::{Faults, Problem},
    scope::Scope,
    stock::{
        columns,
        ledger::{self, NewLot, Origin},
    },
    uow::{Command, Permission, Uow},
};

use super::{
    Converted, Count, Draw, Paper, Stuff,
    drawing::Asked,
    kit, kits, movement, no_such_version, places, queries, rows, too_many_kits,
    wire::{ConversionView, no_value},
    with_promises,
};

/// Puts kits together.
#[derive(Debug, Clone)]
pub(crate) struct AssembleKits {
    pub(crate) depot: Id<kinds::Depot>,
    pub(crate) paper: Paper,
    pub(crate) kit: Id<kinds::Item>,
    /// The number of the version of its contents.
    pub(crate) version: i64,
    pub(crate) count: Count,
    /// Whose goods are picked; that of the goods that are named, or the depot's organisation.
    pub(crate) owner: Option<Id<kinds::Organisation>>,
    /// What goes in. What is not named is picked.
    pub(crate) lines: Vec<Draw>,
    /// The id of the lot of kits, if the client made one.
    pub(crate) lot: Option<Id<kinds::Lot>>,
    pub(crate) batch: Option<Text<64>>,
    /// The depot's main zone, if absent.
    pub(crate) zone: Option<Id<kinds::Zone>>,
    pub(crate) bin: Option<Id<kinds::Bin>>,
    pub(crate) remark: Option<Text<500>>,
}

impl Command for AssembleKits {
    type Output = ConversionView;
    const NAME: &'static str = "stock.assemble_kits";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);
    const PERSONAL: &'static [&'static str] = &["counterparty", "donor"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ConversionView, Problem> {
        let depot = places::depot(uow, self.depot, Capability::PostStock).await?;
        let id = self.paper.movement(uow).await?;
        let occurred_at = self.paper.occurred_at(uow)?;
        let order = self.check(uow, &depot).await?;
        let parts = self.parts(uow, &depot, &order, occurred_at).await?;
        let taken: Vec<_> = parts.iter().map(|(part, _)| part.clone()).collect();
        let made = assemble(&order.version.contents, order.kits, &taken)
            .map_err(|errors| refused(&order, errors))?;
        let no_value_because = made.unit_value.err().map(no_value);
        let kit_lot = self.lot.unwrap_or_else(|| uow.id());
        let movement = movement(id, &depot, self.lines_of(&depot, &order, kit_lot, &parts))?;
        let mut papers = self.paper.papers(occurred_at);
        let last = movement.lines().len() - 1;
        papers.bins.extend(self.bin.map(|bin| (last, bin)));
        let lot = self.new_lot(made, occurred_at)?;
        let new = NewLot {
            id: kit_lot,
            depot: depot.id,
            lot,
            remark: self.remark.clone(),
            origin: Origin::Itself,
        };
        ledger::create_lots(uow, &[new]).await?;
        if let Err(problem) = ledger::convert(uow, &movement, &papers, Way::Assemble).await {
            return Err(with_promises(uow, depot.id, problem).await?);
        }
        let converted = Converted {
            way: Way::Assemble,
            movement: id,
            loss: None,
            kit_lot,
            version: order.version,
            kits: order.kits,
            pieces: pieces(&parts),
        };
        converted.record(uow, depot.id).await?;
        uow.subject(id, Some(depot.organisation_id.uuid()));
        Ok(ConversionView {
            no_value_because: no_value_because.map(str::to_owned),
            ..converted.view(uow).await?
        })
    }
}

// What is to be put together, with what it refers to.
struct Order {
    version: KitFacts,
    kits: Quantity,
    zone: Id<kinds::Zone>,
    owner: Id<kinds::Organisation>,
    // The items of the lines, where they are known.
    items: Vec<Option<Id<kinds::Item>>>,
}

impl AssembleKits {
    async fn check(&self, uow: &Uow<'_>, depot: &DepotFacts) -> Result<Order, Problem> {
        let mut faults = Faults::default();
        let items = catalogue::item_facts(uow.db(), &[self.kit]).await?;
        let item = kit(items.get(&self.kit), "/item_id", &mut faults);
        if item.is_some_and(|item| !item.active) {
            faults.note("/item_id", "retired", "该物资已停用", "the item is retired");
        }
        let kits = item.and_then(|item| kits(&self.count, item, &mut faults));
        let version = match item {
            Some(item) => catalogue::kit_numbered(uow.db(), item.id, self.version).await?,
            None => None,
        };
        match (&version, kits) {
            (Some(version), Some(kits)) if version.contents.of_kits(kits).is_err() => {
                too_many_kits(&mut faults);
            }
            (None, _) if item.is_some() => no_such_version(&mut faults),
            _ => {}
        }
        let zone = self.place(uow, depot, &mut faults).await?;
        let (owner, items) = self.owner(uow, depot, &mut faults).await?;
        let order = version.zip(kits).map(|(version, kits)| Order {
            version,
            kits,
            zone,
            owner,
            items,
        });
        faults.finish(order)
    }

    // The zone that takes the kits.
    async fn place(
        &self,
        uow: &Uow<'_>,
        depot: &DepotFacts,
        faults: &mut Faults,
    ) -> Result<Id<kinds::Zone>, Problem> {
        let zones = places::Zones::of(uow, depot.id).await?;
        let zone = self.zone.map_or_else(|| zones.main(), Ok)?;
        zones.check(faults, "/zone_id".to_owned(), zone);
        if let Some(bin) = self.bin {
            let bins = places::Bins::of(uow, depot.id, std::iter::once(bin)).await?;
            bins.check(faults, "/bin_id".to_owned(), zone, bin);
        }
        Ok(zone)
    }

    // Whose goods are picked, and the items of the lines.
    async fn owner(
        &self,
        uow: &Uow<'_>,
        depot: &DepotFacts,
        faults: &mut Faults,
    ) -> Result<(Id<kinds::Organisation>, Vec<Option<Id<kinds::Item>>>), Problem> {
        if let Some(owner) = self.owner
            && organisations::known(uow.db(), &[owner]).await?.is_empty()
        {
            faults.note(
                "/owner_id",
                "reference",
                "没有这个单位",
                "there is no such organisation",
            );
        }
        let named = self.lines.iter().filter_map(|draw| match draw.stuff {
            Stuff::Lot { lot, .. } => Some(lot),
            Stuff::Item(_) => None,
        });
        let named: Vec<_> = named.collect();
        let lots = queries::lots_by_id(uow.db(), &uow.scope(), &named).await?;
        let owners: BTreeSet<_> = lots.values().map(|lot| lot.owner_id).collect();
        let of_named = owners.first().filter(|_| owners.len() == 1);
        let of_named = of_named.copied().map(Id::from_uuid);
        let owner = self.owner.or(of_named).unwrap_or(depot.organisation_id);
        let items = self.lines.iter().map(|draw| match draw.stuff {
            Stuff::Item(item) => Some(item),
            Stuff::Lot { lot, .. } => lots.get(&lot).map(|lot| Id::from_uuid(lot.item_id)),
        });
        Ok((owner, items.collect()))
    }

    // What goes in, shelf by shelf.
    async fn parts(
        &self,
        uow: &Uow<'_>,
        depot: &DepotFacts,
        order: &Order,
        occurred_at: DateTime<Utc>,
    ) -> Result<Vec<(Part, Hold)>, Problem> {
        let wanted = order.version.contents.of_kits(order.kits);
        let named: BTreeSet<_> = order.items.iter().flatten().copied().collect();
        let mut draws = self.lines.clone();
        let unnamed = wanted.map_err(Problem::internal)?.into_iter();
        draws.extend(
            unnamed
                .filter(|(item, _)| !named.contains(item))
                .map(|(item, quantity)| Draw {
                    stuff: Stuff::Item(item),
                    count: Count {
                        number: quantity.get(),
                        unit: None,
                    },
                }),
        );
        let asked = Asked {
            depot: depot.id,
            draws: &draws,
            owner: Some(order.owner),
            purpose: &Purpose::default(),
            day: ledger::judged_on(uow, Some(occurred_at)),
        };
        let holds = match asked.resolve(uow).await {
            Ok(holds) => holds,
            Err(problem) => return Err(with_promises(uow, depot.id, problem).await?),
        };
        let lots: Vec<_> = holds.iter().map(|hold| hold.lot).collect();
        let lots = queries::lots_by_id(uow.db(), &Scope::Everything, &lots).await?;
        holds
            .into_iter()
            .map(|hold| {
                let lot = lots.get(&hold.lot).ok_or_else(Problem::not_found)?;
                Ok((part(lot, hold.quantity)?, hold))
            })
            .collect()
    }

    fn lines_of(
        &self,
        depot: &DepotFacts,
        order: &Order,
        kit_lot: Id<kinds::Lot>,
        parts: &[(Part, Hold)],
    ) -> Vec<Line> {
        let zone = |zone| Account::Zone {
            depot: depot.id,
            zone,
        };
        let between = Account::Outside {
            depot: depot.id,
            side: Outside::Conversion,
        };
        let taken = parts.iter().map(|(_, hold)| Line {
            lot: hold.lot,
            condition: hold.condition,
            quantity: hold.quantity,
            from: zone(hold.zone),
            to: between,
        });
        let made = Line {
            lot: kit_lot,
            condition: Condition::Usable,
            quantity: order.kits,
            from: between,
            to: zone(order.zone),
        };
        taken.chain([made]).collect()
    }

    fn new_lot(&self, made: Assembled, occurred_at: DateTime<Utc>) -> Result<Lot, Problem> {
        let facts = LotFacts {
            item: self.kit,
            owner: made.owner,
            source: Source::Conversion,
            donor: made.donor,
            batch: self.batch.clone(),
            maker: None,
            produced_on: None,
            expires_on: made.expires_on,
            unit_value: made.unit_value.ok(),
            restriction: made.restriction,
        };
        Lot::new(facts, day_at_depots(occurred_at)).map_err(Problem::internal)
    }
}

fn part(lot: &rows::lot::Model, quantity: Quantity) -> Result<Part, Problem> {
    let donor = lot.donor.as_deref().map(Text::new);
    let unit_value = match (lot.unit_value_e4, &lot.currency) {
        (Some(value), Some(currency)) => {
            let currency: Currency = currency.parse().map_err(Problem::internal)?;
            Some(Money::from_ten_thousandths(value, currency).map_err(Problem::internal)?)
        }
        _ => None,
    };
    Ok(Part {
        lot: Id::from_uuid(lot.id),
        item: Id::from_uuid(lot.item_id),
        owner: Id::from_uuid(lot.owner_id),
        donor: donor.transpose().map_err(Problem::internal)?,
        expires_on: columns::day(lot.expires_on.as_deref())?,
        unit_value,
        restriction: columns::restriction(&lot.restriction_kind, lot.restriction.as_deref())?,
        quantity,
    })
}

fn pieces(parts: &[(Part, Hold)]) -> BTreeMap<super::Piece, i64> {
    let mut pieces = BTreeMap::new();
    for (part, hold) in parts {
        let piece = (part.lot, part.item, hold.condition, queries::WENT_IN);
        *pieces.entry(piece).or_insert(0) += part.quantity.get();
    }
    pieces
}

// Every reason at the line that it is about.
fn refused(order: &Order, errors: Vec<AssemblyError>) -> Problem {
    let mut faults = Faults::default();
    for error in errors {
        let english = error.to_string();
        match error {
            AssemblyError::TooMany => too_many_kits(&mut faults),
            AssemblyError::Unequal {
                item,
                wanted,
                given,
            } => {
                let line = order.items.iter().position(|named| *named == Some(item));
                let pointer = line.map_or("/lines".to_owned(), |line| format!("/lines/{line}"));
                let (member, code) = match wanted {
                    0 => ("", "not-in-kit"),
                    _ => ("/quantity", "unequal"),
                };
                faults.note(
                    format!("{pointer}{member}"),
                    code,
                    format!("按该版内容共需 {wanted}，给出 {given}"),
                    english,
                );
            }
            AssemblyError::Owners(owners) => {
                let owners: Vec<_> = owners.iter().map(ToString::to_string).collect();
                let owners = owners.join("、");
                faults.note(
                    "/lines",
                    "owners",
                    format!("一批套装只能属于一个物权单位：{owners}"),
                    format!("{english}: {owners}"),
                );
            }
            AssemblyError::Restrictions => faults.note(
                "/lines",
                "restrictions",
                "各内容物的定向用途不同，不得装入同一批套装",
                english,
            ),
        }
    }
    faults
        .finish::<()>(None)
        .err()
        .unwrap_or_else(Problem::not_found)
}
