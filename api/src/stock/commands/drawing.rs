//! From what a paper asks for to goods on shelves.
//!
//! **Invariant.** What is picked by item may serve the purpose and is free when it is picked: on
//! PostgreSQL the shelves that were looked at stay locked until the command ends, so that two who
//! pick the same item never reach for the same piece.

mod shelves;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::{
    kernel::{Id, Quantity, kinds},
    stock::{Condition, Hold, LINES_MAX, PackPolicy, Purpose, Wanted, pick},
};

use crate::{
    catalogue::{self, ItemFacts},
    problem::{Code, Faults, Problem},
    uow::Uow,
};

use super::{Draw, Stuff, places, queries, rows};

use shelves::{Shelves, short};

/// What a paper asks for, with everything it refers to.
pub(super) struct Asked<'a> {
    pub(super) depot: Id<kinds::Depot>,
    pub(super) draws: &'a [Draw],
    /// Whose goods are picked; anybody's, if it is not named.
    pub(super) owner: Option<Id<kinds::Organisation>>,
    pub(super) purpose: &'a Purpose,
    /// On which day the goods leave.
    pub(super) day: NaiveDate,
}

/// What was found for it.
pub(super) struct Drawn {
    pub(super) holds: Vec<Hold>,
    /// The lots that were named; they are held in common with others.
    pub(super) lots: BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
    pub(super) items: Items,
}

type Items = BTreeMap<Id<kinds::Item>, ItemFacts>;

impl Asked<'_> {
    /// The goods to take, in the order of the lines; lines of one lot are kept apart.
    pub(super) async fn resolve(&self, uow: &Uow<'_>) -> Result<Vec<Hold>, Problem> {
        self.draw(uow).await.map(|drawn| drawn.holds)
    }

    /// As [`Asked::resolve`], with what was looked up for it.
    pub(super) async fn draw(&self, uow: &Uow<'_>) -> Result<Drawn, Problem> {
        let exact = self.exact_lots(uow).await?;
        let items = self.items(uow, &exact).await?;
        let quantities = self.quantities(uow, &exact, &items).await?;
        let zones = self.zones_of_lots(uow).await?;
        let named = self.draws.iter().zip(&quantities).enumerate();
        let named =
            named.map(|(number, (draw, quantity))| exactly(number, draw, *quantity, &zones));
        let named = named.collect::<Result<Vec<_>, _>>()?;
        let mut shelves = self.shelves(uow).await?;
        // Goods that are named come first, so that picking does not take them away.
        for hold in named.iter().flatten() {
            shelves.take(hold, self.depot);
        }
        let mut holds = Vec::new();
        for ((draw, quantity), named) in self.draws.iter().zip(quantities).zip(named) {
            match draw.stuff {
                Stuff::Lot { .. } => holds.extend(named),
                Stuff::Item(item) => {
                    holds.extend(self.pick(&mut shelves, item, quantity)?);
                }
            }
        }
        if holds.len() > LINES_MAX {
            return Err(too_many());
        }
        Ok(Drawn {
            holds,
            lots: exact,
            items,
        })
    }

    // Lots that are named, by id.
    async fn exact_lots(
        &self,
        uow: &Uow<'_>,
    ) -> Result<BTreeMap<Id<kinds::Lot>, rows::lot::Model>, Problem> {
        let named = self.draws.iter().filter_map(|draw| match draw.stuff {
            Stuff::Lot { lot, .. } => Some(lot),
            Stuff::Item(_) => None,
        });
        let named: BTreeSet<_> = named.collect();
        let named: Vec<_> = named.into_iter().collect();
        queries::held_lots(uow.db(), &uow.scope(), &named).await
    }

    async fn items(
        &self,
        uow: &Uow<'_>,
        exact: &BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
    ) -> Result<Items, Problem> {
        let ids: BTreeSet<_> = self
            .draws
            .iter()
            .filter_map(|draw| match draw.stuff {
                Stuff::Lot { lot, .. } => {
                    let lot = exact.get(&lot)?;
                    Some(Id::from_uuid(lot.item_id))
                }
                Stuff::Item(item) => Some(item),
            })
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        catalogue::item_facts(uow.db(), &ids).await
    }

    async fn quantities(
        &self,
        uow: &Uow<'_>,
        exact: &BTreeMap<Id<kinds::Lot>, rows::lot::Model>,
        items: &Items,
    ) -> Result<Vec<Quantity>, Problem> {
        let names_zones = self
            .draws
            .iter()
            .any(|draw| matches!(draw.stuff, Stuff::Lot { zone: Some(_), .. }));
        let zones = if names_zones {
            places::Zones::of(uow, self.depot).await?
        } else {
            places::Zones::default()
        };
        let mut faults = Faults::default();
        let mut quantities = Vec::new();
        for (number, draw) in self.draws.iter().enumerate() {
            let at = |field: &str| format!("/lines/{number}/{field}");
            let item = match draw.stuff {
                Stuff::Item(item) => Some(item),
                Stuff::Lot { lot, zone, .. } => {
                    if let Some(zone) = zone {
                        zones.check(&mut faults, at("zone_id"), zone);
                    }
                    let lot = exact.get(&lot);
                    if lot.is_none() {
                        faults.note(
                            at("lot_id"),
                            "reference",
                            "没有这个批次",
                            "there is no such lot",
                        );
                    }
                    lot.map(|lot| Id::from_uuid(lot.item_id))
                }
            };
            let Some(item) = item else { continue };
            let Some(item) = faults.take(at("item_id"), catalogue::known(items, item)) else {
                continue;
            };
            match draw.count.in_base(&item.units) {
                Ok(quantity) => quantities.push(quantity),
                Err((field, fault)) => drop(faults.take::<(), _>(at(field), Err(fault))),
            }
        }
        faults.finish(Some(quantities))
    }

    // Where lots lie that are named without their zone.
    async fn zones_of_lots(&self, uow: &Uow<'_>) -> Result<ZonesOfLots, Problem> {
        let lots: Vec<_> = self
            .draws
            .iter()
            .filter_map(|draw| match draw.stuff {
                Stuff::Lot {
                    lot, zone: None, ..
                } => Some(lot),
                _ => None,
            })
            .collect();
        if lots.is_empty() {
            return Ok(ZonesOfLots::new());
        }
        queries::zones_of_lots(uow.db(), self.depot, &lots).await
    }

    async fn shelves(&self, uow: &Uow<'_>) -> Result<Shelves, Problem> {
        let items: BTreeSet<_> = self
            .draws
            .iter()
            .filter_map(|draw| match draw.stuff {
                Stuff::Item(item) => Some(item),
                Stuff::Lot { .. } => None,
            })
            .collect();
        let items: Vec<_> = items.into_iter().collect();
        let by_item = if items.is_empty() {
            BTreeMap::new()
        } else {
            queries::shelves(uow.db(), self.depot, &items, self.owner).await?
        };
        Ok(Shelves { by_item })
    }

    fn pick(
        &self,
        shelves: &mut Shelves,
        item: Id<kinds::Item>,
        quantity: Quantity,
    ) -> Result<Vec<Hold>, Problem> {
        let wanted = Wanted {
            quantity,
            day: self.day,
            purpose: self.purpose.clone(),
            packs: PackPolicy::Loose,
        };
        let none = Vec::new();
        let candidates = shelves.by_item.get(&item).unwrap_or(&none);
        let picking = pick(candidates, &wanted);
        if picking.missing > 0 {
            return Err(short(
                self.depot,
                item,
                quantity,
                picking.missing,
                &picking.passed_over,
            ));
        }
        for hold in &picking.picked {
            shelves.take(hold, self.depot);
        }
        Ok(picking.picked)
    }
}

/// The one refusal of a paper that turns out too long.
pub(super) fn too_many() -> Problem {
    Problem::field(
        "/lines",
        "length",
        format!("拣选后超过 {LINES_MAX} 行，请分单"),
        format!("the picked goods fill more than {LINES_MAX} lines: split the paper"),
    )
}

pub(super) type ZonesOfLots = BTreeMap<(Id<kinds::Lot>, Condition), Vec<Id<kinds::Zone>>>;

// The goods of a line that names its lot; none for one that picks.
fn exactly(
    number: usize,
    draw: &Draw,
    quantity: Quantity,
    zones: &ZonesOfLots,
) -> Result<Option<Hold>, Problem> {
    let Stuff::Lot {
        lot,
        zone,
        condition,
    } = draw.stuff
    else {
        return Ok(None);
    };
    let pointer = format!("/lines/{number}/zone_id");
    let zone = zone_of((lot, condition), zone, quantity, zones, pointer)?;
    Ok(Some(Hold {
        zone,
        lot,
        condition,
        quantity,
    }))
}

/// The zone that is named, or the only one that holds any of the lot in this condition.
pub(super) fn zone_of(
    (lot, condition): (Id<kinds::Lot>, Condition),
    zone: Option<Id<kinds::Zone>>,
    quantity: Quantity,
    zones: &ZonesOfLots,
    pointer: impl Into<String>,
) -> Result<Id<kinds::Zone>, Problem> {
    Ok(
        match (zone, zones.get(&(lot, condition)).map(Vec::as_slice)) {
            (Some(zone), _) | (None, Some(&[zone])) => zone,
            (None, Some([_, _, ..])) => {
                return Err(Problem::field(
                    pointer,
                    "ambiguous",
                    "该批次分放在几个库区，请指明",
                    "the lot lies in several zones: name one",
                ));
            }
            (None, _) => {
                return Err(Problem::new(Code::InsufficientStock)
                    .with("available", 0)
                    .with("requested", quantity.get())
                    .with("lot_id", lot.to_string())
                    .with("condition", condition.name())
                    .detail(
                        "该库没有这种质量状态的这个批次",
                        "the depot has none of the lot in this condition",
                    ));
            }
        },
    )
}

/// Brings lines on one balance together, as a reservation keeps them.
pub(super) fn merged(holds: Vec<Hold>) -> Result<Vec<Hold>, Problem> {
    let mut merged: Vec<Hold> = Vec::new();
    let mut places = BTreeMap::new();
    for hold in holds {
        let key = (hold.zone, hold.lot, hold.condition);
        match places.get(&key) {
            None => {
                places.insert(key, merged.len());
                merged.push(hold);
            }
            Some(&place) => {
                let there: &mut Hold = &mut merged[place];
                let sum = there.quantity.get() + hold.quantity.get();
                there.quantity = Quantity::new(sum).map_err(|_| {
                    Problem::field(
                        "/lines",
                        "out-of-range",
                        "同一批次的数量合计不得超过 10^12",
                        "the lines of one lot add up to more than 10^12",
                    )
                })?;
            }
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn lines_on_one_balance_become_one_hold() {
        let hold = |lot: u128, quantity| Hold {
            zone: Id::from_uuid(Uuid::from_u128(1)),
            lot: Id::from_uuid(Uuid::from_u128(lot)),
            condition: Condition::Usable,
            quantity: Quantity::new(quantity).unwrap(),
        };
        let answer = merged(vec![hold(7, 1), hold(8, 2), hold(7, 3)]).unwrap();
        assert_eq!(answer, [hold(7, 4), hold(8, 2)]);
        assert!(merged(vec![hold(7, Quantity::MAX), hold(7, 1)]).is_err());
    }
}
