//! The depot that a paper is about, and the places in it that it names.
//!
//! **Invariant.** A depot or zone that the caller does not see, or a zone of another depot, is a
//! fault of the field that names it.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    identity::Capability,
    kernel::{Id, kinds},
    stock::Purpose,
};

use crate::{
    depots::{self, DepotFacts},
    organisations,
    problem::{Faults, Problem},
    uow::Uow,
};

/// The depot that the body names as `depot_id`, over which the caller holds `capability`.
pub(super) async fn depot(
    uow: &Uow<'_>,
    id: Id<kinds::Depot>,
    capability: Capability,
) -> Result<DepotFacts, Problem> {
    let found = depots::depot(uow.db(), &uow.scope(), id).await;
    let depot = found.map_err(no_depot)?;
    uow.require(capability, depot.organisation_id.uuid())
        .await?;
    Ok(depot)
}

/// As [`depot`], and it stays as it is until the command ends, so that goods may leave it as it was
/// seen.
pub(super) async fn held_depot(
    uow: &Uow<'_>,
    id: Id<kinds::Depot>,
    capability: Capability,
) -> Result<DepotFacts, Problem> {
    let mut held = depots::held_depots(uow.db(), &uow.scope(), &[id]).await?;
    let depot = held
        .remove(&id)
        .ok_or_else(|| no_depot(Problem::not_found()))?;
    uow.require(capability, depot.organisation_id.uuid())
        .await?;
    Ok(depot)
}

fn no_depot(problem: Problem) -> Problem {
    problem.named_at("/depot_id", "没有这个储备库", "there is no such depot")
}

/// The zones of a depot.
#[derive(Debug, Default)]
pub(super) struct Zones {
    known: BTreeSet<Id<kinds::Zone>>,
    main: Option<Id<kinds::Zone>>,
}

impl Zones {
    pub(super) async fn of(uow: &Uow<'_>, depot: Id<kinds::Depot>) -> Result<Self, Problem> {
        let zones = depots::zones(uow.db(), depot).await?;
        let main = zones.iter().find(|zone| zone.code == depots::DEFAULT_ZONE);
        Ok(Self {
            main: main.map(|zone| zone.id),
            known: zones.into_iter().map(|zone| zone.id).collect(),
        })
    }

    /// The zone that takes goods for which no other is named.
    pub(super) fn main(&self) -> Result<Id<kinds::Zone>, Problem> {
        self.main.ok_or_else(Problem::not_found)
    }

    /// Notes a zone that is not one of them.
    pub(super) fn check(&self, faults: &mut Faults, pointer: String, zone: Id<kinds::Zone>) {
        if !self.known.contains(&zone) {
            faults.note(
                pointer,
                "reference",
                "该库没有这个库区",
                "the depot has no such zone",
            );
        }
    }
}

/// The bins of a depot, where a paper names any.
pub(super) struct Bins {
    zones: BTreeMap<Id<kinds::Bin>, Id<kinds::Zone>>,
}

impl Bins {
    pub(super) async fn of(
        uow: &Uow<'_>,
        depot: Id<kinds::Depot>,
        named: impl Iterator<Item = Id<kinds::Bin>>,
    ) -> Result<Self, Problem> {
        let named: BTreeSet<_> = named.collect();
        let named: Vec<_> = named.into_iter().collect();
        let zones = if named.is_empty() {
            BTreeMap::new()
        } else {
            depots::bin_zones(uow.db(), depot, &named).await?
        };
        Ok(Self { zones })
    }

    /// Notes a bin that is not in `zone`.
    pub(super) fn check(
        &self,
        faults: &mut Faults,
        pointer: String,
        zone: Id<kinds::Zone>,
        bin: Id<kinds::Bin>,
    ) {
        if self.zones.get(&bin) != Some(&zone) {
            faults.note(
                pointer,
                "reference",
                "该库区没有这个货位",
                "the zone has no such bin",
            );
        }
    }
}

/// Refuses a purpose in a division that is not known or not there any more.
pub(super) async fn purpose(uow: &Uow<'_>, purpose: &Purpose) -> Result<(), Problem> {
    let Some(code) = &purpose.division else {
        return Ok(());
    };
    organisations::existing_division(uow.db(), code, uow.today(), "/purpose/division_code")
        .await
        .map(drop)
}
