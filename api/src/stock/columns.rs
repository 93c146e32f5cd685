//! How values of the domain lie in columns, and how they are read back.
//!
//! **Invariant.** What is written here is read back as it was; what a table holds against the
//! domain's rules is a fault of ours and never silently skipped.

use chrono::NaiveDate;
use domain::{
    kernel::{Id, Money, Quantity, Text, UnknownName, kinds},
    stock::{
        Account, BalanceKey, Fitness, Heritage, Hold, Kind, Line, Lot, LotFacts, Movement, Outside,
        Purpose, Reservation, ReservationState, Restriction,
    },
};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::problem::Problem;

use super::{ledger::Origin, rows};

/// The kinds of account that keep a balance.
pub(super) const ZONE: &str = "zone";
pub(super) const ROAD: &str = "road";

/// The states of reservations that hold goods.
pub(super) const HOLDING: [&str; 2] = ["held", "shorted"];

/// An account: its kind, its depot, and the zone or shipment; the depot again for the outside.
pub(super) fn of_account(account: &Account) -> (&'static str, Uuid, Uuid) {
    match *account {
        Account::Zone { depot, zone } => (ZONE, depot.uuid(), zone.uuid()),
        Account::Road { depot, shipment } => (ROAD, depot.uuid(), shipment.uuid()),
        Account::Outside { depot, side } => (side.name(), depot.uuid(), depot.uuid()),
    }
}

/// Reads back what [`of_account`] wrote.
pub(super) fn account(kind: &str, depot: Uuid, id: Uuid) -> Result<Account, UnknownName> {
    let depot = Id::from_uuid(depot);
    Ok(match kind {
        ZONE => Account::Zone {
            depot,
            zone: Id::from_uuid(id),
        },
        ROAD => Account::Road {
            depot,
            shipment: Id::from_uuid(id),
        },
        side => Account::Outside {
            depot,
            side: side.parse::<Outside>()?,
        },
    })
}

/// A balance's key: depot, kind of account, account, lot, condition.
pub(super) fn of_key(key: &BalanceKey) -> (Uuid, &'static str, Uuid, Uuid, &'static str) {
    let (kind, depot, account) = of_account(&key.account);
    (depot, kind, account, key.lot.uuid(), key.condition.name())
}

/// What goods are bound to.
pub(super) fn of_restriction(restriction: &Restriction) -> (&'static str, Option<String>) {
    match restriction {
        Restriction::None => ("none", None),
        Restriction::Incident(incident) => ("incident", Some(incident.to_string())),
        Restriction::Division(division) => ("division", Some(division.as_str().to_owned())),
        Restriction::Programme(programme) => ("programme", Some(programme.as_str().to_owned())),
    }
}

/// Reads back what [`of_restriction`] wrote.
pub(crate) fn restriction(kind: &str, bound_to: Option<&str>) -> Result<Restriction, Problem> {
    let bound_to = bound_to.unwrap_or_default();
    Ok(match kind {
        "incident" => Restriction::Incident(bound_to.parse().map_err(Problem::internal)?),
        "division" => Restriction::Division(bound_to.parse().map_err(Problem::internal)?),
        "programme" => Restriction::Programme(Text::new(bound_to).map_err(Problem::internal)?),
        _ => Restriction::None,
    })
}

/// What goods are for: incident, division, programme.
pub(super) fn of_purpose(purpose: &Purpose) -> (Option<Uuid>, Option<String>, Option<String>) {
    (
        purpose.incident.map(Id::uuid),
        purpose
            .division
            .as_ref()
            .map(|division| division.as_str().to_owned()),
        purpose
            .programme
            .as_ref()
            .map(|programme| programme.as_str().to_owned()),
    )
}

/// Reads back what [`of_purpose`] wrote.
pub(crate) fn purpose(
    incident: Option<Uuid>,
    division: Option<&str>,
    programme: Option<&str>,
) -> Result<Purpose, Problem> {
    Ok(Purpose {
        incident: incident.map(Id::from_uuid),
        division: division
            .map(|code| code.parse().map_err(Problem::internal))
            .transpose()?,
        programme: programme
            .map(|name| Text::new(name).map_err(Problem::internal))
            .transpose()?,
    })
}

pub(super) fn day(text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    text.map(|day| day.parse().map_err(Problem::internal))
        .transpose()
}

/// A lot that `depot` receives.
pub(super) fn of_lot(
    id: Uuid,
    lot: &Lot,
    depot: Uuid,
    remark: Option<&str>,
    origin: Origin,
    (entry, now): (Id<kinds::JournalEntry>, chrono::DateTime<chrono::Utc>),
) -> rows::lot::ActiveModel {
    let LotFacts {
        item,
        owner,
        source,
        donor,
        batch,
        maker,
        produced_on,
        expires_on,
        unit_value,
        restriction,
    } = lot.facts();
    let (restriction_kind, restriction) = of_restriction(restriction);
    let (mut kit_lot_id, mut disposal_id, mut call_off_id) = (None, None, None);
    let (mut parent_lot_id, mut lot_change_id, mut loan_id) = (None, None, None);
    match origin {
        Origin::Itself => {}
        Origin::Kits(lot) => kit_lot_id = Some(lot.uuid()),
        Origin::Disposal(disposal) => disposal_id = Some(disposal.uuid()),
        Origin::CallOff(call_off) => call_off_id = Some(call_off.uuid()),
        Origin::Loan(loan) => loan_id = Some(loan.uuid()),
        Origin::Changed { was, by } => {
            parent_lot_id = Some(was.uuid());
            lot_change_id = Some(by.uuid());
        }
    }
    rows::lot::ActiveModel {
        id: Set(id),
        item_id: Set(item.uuid()),
        owner_id: Set(owner.uuid()),
        source: Set(source.name().to_owned()),
        donor: Set(donor.as_ref().map(|text| text.as_str().to_owned())),
        batch: Set(batch.as_ref().map(|text| text.as_str().to_owned())),
        maker: Set(maker.as_ref().map(|text| text.as_str().to_owned())),
        produced_on: Set(produced_on.map(|day| day.to_string())),
        expires_on: Set(expires_on.map(|day| day.to_string())),
        unit_value_e4: Set(unit_value.map(Money::ten_thousandths)),
        currency: Set(unit_value.map(|value| value.currency().as_str().to_owned())),
        restriction_kind: Set(restriction_kind.to_owned()),
        restriction: Set(restriction),
        recalled_at: Set(None),
        remark: Set(remark.map(str::to_owned)),
        depot_id: Set(depot),
        created_at: Set(now),
        kit_lot_id: Set(kit_lot_id),
        disposal_id: Set(disposal_id),
        call_off_id: Set(call_off_id),
        parent_lot_id: Set(parent_lot_id),
        lot_change_id: Set(lot_change_id),
        loan_id: Set(loan_id),
        journal_id: Set(Some(entry.uuid())),
    }
}

/// The facts of a lot, read back.
pub(super) fn lot_facts(lot: &rows::lot::Model) -> Result<LotFacts, Problem> {
    fn text<const MAX: usize>(text: Option<&str>) -> Result<Option<Text<MAX>>, Problem> {
        text.map(Text::new).transpose().map_err(Problem::internal)
    }
    let unit_value = match (lot.unit_value_e4, &lot.currency) {
        (Some(value), Some(currency)) => {
            let currency = currency.parse().map_err(Problem::internal)?;
            let money = Money::from_ten_thousandths(value, currency);
            Some(money.map_err(Problem::internal)?)
        }
        _ => None,
    };
    Ok(LotFacts {
        item: Id::from_uuid(lot.item_id),
        owner: Id::from_uuid(lot.owner_id),
        source: lot.source.parse().map_err(Problem::internal)?,
        donor: text(lot.donor.as_deref())?,
        batch: text(lot.batch.as_deref())?,
        maker: text(lot.maker.as_deref())?,
        produced_on: day(lot.produced_on.as_deref())?,
        expires_on: day(lot.expires_on.as_deref())?,
        unit_value,
        restriction: restriction(&lot.restriction_kind, lot.restriction.as_deref())?,
    })
}

/// What decides whether goods of a lot in some condition may be used.
pub(super) fn fitness(
    lot: &rows::lot::Model,
    condition: domain::stock::Condition,
) -> Result<Fitness, Problem> {
    Ok(Fitness {
        condition,
        recalled: lot.recalled_at.is_some(),
        expires_on: day(lot.expires_on.as_deref())?,
        restriction: restriction(&lot.restriction_kind, lot.restriction.as_deref())?,
    })
}

/// What goods of a lot hand on to their parts.
pub(super) fn heritage(lot: &rows::lot::Model) -> Result<Heritage, Problem> {
    let donor = lot.donor.as_deref().map(Text::new).transpose();
    Ok(Heritage {
        donor: donor.map_err(Problem::internal)?,
        restriction: restriction(&lot.restriction_kind, lot.restriction.as_deref())?,
    })
}

/// A movement with its lines, which must be in order.
pub(crate) fn movement(
    row: &rows::movement::Model,
    lines: &[rows::movement_line::Model],
) -> Result<Movement, Problem> {
    let reverses = row.reverses_id.map(Id::from_uuid);
    let kind = Kind::from_parts(&row.kind, reverses).map_err(Problem::internal)?;
    let lines = lines.iter().map(line).collect::<Result<_, _>>()?;
    let (id, depot) = (Id::from_uuid(row.id), Id::from_uuid(row.depot_id));
    Movement::new(id, depot, kind, lines).map_err(Problem::internal)
}

fn line(row: &rows::movement_line::Model) -> Result<Line, Problem> {
    let end = |kind: &str, depot, id| account(kind, depot, id).map_err(Problem::internal);
    Ok(Line {
        lot: Id::from_uuid(row.lot_id),
        condition: row.condition.parse().map_err(Problem::internal)?,
        quantity: Quantity::new(row.quantity).map_err(Problem::internal)?,
        from: end(&row.from_kind, row.from_depot_id, row.from_id)?,
        to: end(&row.to_kind, row.to_depot_id, row.to_id)?,
    })
}

/// A reservation with its lines, which must be in order.
pub(crate) fn reservation(
    row: &rows::reservation::Model,
    lines: &[rows::reservation_line::Model],
) -> Result<Reservation, Problem> {
    let holds = lines
        .iter()
        .map(|line| {
            Ok(Hold {
                zone: Id::from_uuid(line.zone_id),
                lot: Id::from_uuid(line.lot_id),
                condition: line.condition.parse().map_err(Problem::internal)?,
                quantity: Quantity::new(line.quantity).map_err(Problem::internal)?,
            })
        })
        .collect::<Result<_, Problem>>()?;
    let ended = || {
        row.ended_at
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("a reservation without its end")))
    };
    let state = match row.state.as_str() {
        "held" => ReservationState::Held {
            deadline: row.deadline_at,
        },
        "posted" => ReservationState::Posted {
            at: ended()?,
            movement: row.movement_id.map(Id::from_uuid).ok_or_else(|| {
                Problem::internal(anyhow::anyhow!("a posted reservation without its movement"))
            })?,
            taken: lines.iter().map(|line| line.posted).collect(),
        },
        "shorted" => ReservationState::Shorted {
            deadline: row.deadline_at,
            short: lines.iter().map(|line| line.short).collect(),
        },
        "expired" => ReservationState::Expired { at: ended()? },
        "released" => ReservationState::Released { at: ended()? },
        other => {
            return Err(Problem::internal(anyhow::anyhow!(
                "a reservation that is {other}"
            )));
        }
    };
    let (id, depot) = (Id::from_uuid(row.id), Id::from_uuid(row.depot_id));
    Reservation::from_parts(id, depot, holds, state).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_restrictions_are_read_back_as_they_were() {
        let id = |n| Uuid::from_u128(n);
        let depot = Id::from_uuid(id(1));
        let mut accounts = vec![
            Account::Zone {
                depot,
                zone: Id::from_uuid(id(2)),
            },
            Account::Road {
                depot,
                shipment: Id::from_uuid(id(3)),
            },
        ];
        accounts.extend(
            Outside::ALL
                .iter()
                .map(|&side| Account::Outside { depot, side }),
        );
        for there in accounts {
            let (kind, depot, id) = of_account(&there);
            assert_eq!(account(kind, depot, id), Ok(there));
        }
        assert!(account("attic", id(1), id(1)).is_err());
        for bound in [
            Restriction::None,
            Restriction::Incident(Id::from_uuid(id(4))),
            Restriction::Division("330102".parse().unwrap()),
            Restriction::Programme(Text::new("博爱送万家").unwrap()),
        ] {
            let (kind, bound_to) = of_restriction(&bound);
            assert_eq!(restriction(kind, bound_to.as_deref()).unwrap(), bound);
        }
    }
}
