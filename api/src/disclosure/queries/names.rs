//! What the things of a statement are called.
//!
//! **Invariant.** Of donors only what the public may know. A fixed number of statements.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    disclosure::{DonorClass, Naming},
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    catalogue::{self, ItemFacts},
    dispatch, incidents, organisations,
    problem::Problem,
    scope::{Scope, visible},
    stock::AccountLot,
};

use super::{rows::donor, wire::StatementAsked};

const TOWNSHIP_DIGITS: usize = 9;

/// The names.
pub(super) struct Names {
    items: BTreeMap<Id<kinds::Item>, ItemFacts>,
    organisations: BTreeMap<Uuid, String>,
    incidents: BTreeMap<Uuid, String>,
    divisions: BTreeMap<DivisionCode, String>,
    // By whom they give to and what receipts call them.
    donors: BTreeMap<(Uuid, String), (DonorClass, Naming)>,
}

impl Names {
    pub(super) async fn read(
        db: &impl ConnectionTrait,
        scope: &Scope,
        asked: &StatementAsked,
        lots: &BTreeMap<Id<kinds::Lot>, AccountLot>,
        places: Vec<(Option<Uuid>, Option<DivisionCode>)>,
    ) -> Result<Self, Problem> {
        let mut items: BTreeSet<_> = lots.values().map(|lot| lot.item).collect();
        items.extend(asked.item);
        let items: Vec<_> = items.into_iter().collect();
        let owners: BTreeSet<_> = lots.values().map(|lot| lot.owner.uuid()).collect();
        let mut bodies = owners.clone();
        bodies.insert(asked.organisation.uuid());
        let (mut events, mut codes) = (BTreeSet::new(), BTreeSet::new());
        for (incident, division) in places {
            events.extend(incident);
            codes.extend(division);
        }
        if let Some(incident) = asked.incident {
            // Whoever does not see an incident does not account for it.
            let seen = incidents::incidents_among(db, scope, &[incident]).await?;
            if !seen.contains(&incident) {
                return Err(Problem::field(
                    "incident_id",
                    "reference",
                    "没有这个灾害事件",
                    "there is no such incident",
                )
                .of_query());
            }
            events.insert(incident.uuid());
        }
        let codes: Vec<_> = codes.into_iter().collect();
        let divisions = organisations::divisions_by_code(db, &codes).await?;
        let bodies: Vec<_> = bodies.into_iter().collect();
        Ok(Self {
            items: catalogue::item_facts(db, &items).await?,
            organisations: organisations::names(db, &bodies).await?,
            incidents: incidents::names(db, events.into_iter().collect()).await?,
            divisions: divisions
                .into_iter()
                .map(|(code, division)| (code, division.name))
                .collect(),
            donors: on_record(db, owners, lots).await?,
        })
    }

    pub(super) fn item(&self, id: Id<kinds::Item>) -> (String, String) {
        let found = self.items.get(&id);
        found.map_or_else(Default::default, |item| {
            (item.name.clone(), item.units.base().as_str().to_owned())
        })
    }

    pub(super) fn organisation(&self, id: Id<kinds::Organisation>) -> String {
        self.organisations
            .get(&id.uuid())
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn incident(&self, id: Uuid) -> Option<String> {
        self.incidents.get(&id).cloned()
    }

    pub(super) fn division(&self, code: &DivisionCode) -> Option<String> {
        self.divisions.get(code).cloned()
    }

    /// What the public may know of who gave a lot: class and name.
    pub(super) fn donor_of(&self, lot: &AccountLot) -> (Option<String>, Option<String>) {
        if lot.source != "donation" {
            return (None, None);
        }
        let Some(name) = &lot.donor else {
            return (Some(DonorClass::Anonymous.name().to_owned()), None);
        };
        let key = (lot.owner.uuid(), name.clone());
        let (class, naming) = self
            .donors
            .get(&key)
            .copied()
            .unwrap_or((DonorClass::Unregistered, Naming::Unstated));
        let shown = class.may_be_named(naming).then(|| name.clone());
        (Some(class.name().to_owned()), shown)
    }

    /// The same of a donor on record.
    pub(super) fn donor(
        &self,
        row: Option<&donor::Model>,
    ) -> Result<(Option<String>, Option<String>), Problem> {
        let Some(row) = row else {
            return Ok((None, None));
        };
        let (class, naming) = standing(row)?;
        let shown = class.may_be_named(naming).then(|| row.name.clone());
        Ok((Some(class.name().to_owned()), shown))
    }
}

fn standing(row: &donor::Model) -> Result<(DonorClass, Naming), Problem> {
    Ok((
        row.class.parse().map_err(Problem::internal)?,
        row.naming.parse().map_err(Problem::internal)?,
    ))
}

async fn on_record(
    db: &impl ConnectionTrait,
    owners: BTreeSet<Uuid>,
    lots: &BTreeMap<Id<kinds::Lot>, AccountLot>,
) -> Result<BTreeMap<(Uuid, String), (DonorClass, Naming)>, Problem> {
    let named: BTreeSet<_> = lots
        .values()
        .filter_map(|lot| lot.donor.as_deref())
        .collect();
    let rows = visible::<donor::Entity>(&Scope::Everything)
        .filter(donor::Column::OrganisationId.is_in(owners))
        .filter(donor::Column::Name.is_in(named))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let standing = standing(&row)?;
            Ok(((row.organisation_id, row.name), standing))
        })
        .collect()
}

/// The township in which a place lies; the place itself, where it is larger.
pub(super) fn township(code: DivisionCode) -> DivisionCode {
    let text = code.as_str();
    let cut = text.get(..TOWNSHIP_DIGITS).unwrap_or(text);
    cut.parse().unwrap_or(code)
}

/// Where shipments went, by the division of their site: two statements.
pub(super) async fn sites(
    db: &impl ConnectionTrait,
    shipments: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, DivisionCode>, Problem> {
    let sites = dispatch::sites_of_shipments(db, shipments).await?;
    let ids: BTreeSet<_> = sites.values().copied().collect();
    let ids: Vec<_> = ids.into_iter().map(Id::from_uuid).collect();
    let known = incidents::sites(db, &Scope::Everything, &ids).await?;
    let divisions: BTreeMap<_, _> = known
        .into_iter()
        .filter_map(|site| Some((site.id.uuid(), site.division?)))
        .collect();
    Ok(sites
        .into_iter()
        .filter_map(|(shipment, site)| Some((shipment, *divisions.get(&site)?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_is_told_by_its_township() {
        for (code, told) in [
            ("330203104201", "330203104"),
            ("330203104", "330203104"),
            ("330203", "330203"),
        ] {
            assert_eq!(township(code.parse().unwrap()).as_str(), told);
        }
    }
}
