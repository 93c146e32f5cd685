//! Everything that a file of opening stock may name, looked up once.
//!
//! **Invariant.** A fixed number of statements for the whole file.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    depots::DepotState,
    kernel::{
        Id,
        kinds::{Depot, Organisation, Zone},
    },
    organisations::DivisionCode,
};

use crate::{
    depots,
    exchange::{
        intake::Record,
        kinds::{
            directory::Directory,
            goods::{Goods, KnownItem},
            index::Index,
            row::no_such,
        },
    },
    organisations,
    problem::{Fault, Problem},
    uow::Uow,
};

/// A depot that may be named.
pub(super) struct KnownDepot {
    pub(super) id: Id<Depot>,
    pub(super) custodian: Id<Organisation>,
    pub(super) state: DepotState,
    name: String,
    zones: Index<Id<Zone>>,
    default_zone: Option<Id<Zone>>,
}

/// What the rows refer to.
pub(super) struct References {
    pub(super) owners: Directory,
    depots: Vec<KnownDepot>,
    index: Index<usize>,
    goods: Goods,
    // Why each division that is named is none of today, if it is not.
    divisions: BTreeMap<DivisionCode, Result<(), Fault>>,
}

impl References {
    pub(super) async fn read(uow: &Uow<'_>, records: &[Record]) -> Result<Self, Problem> {
        let named = |key: &'static str| {
            let texts = records.iter().filter_map(move |record| record.text(key));
            texts.collect::<BTreeSet<_>>()
        };
        let codes: Vec<DivisionCode> = named("restricted_division")
            .into_iter()
            .filter_map(|code| code.parse().ok())
            .collect();
        let divisions = organisations::divisions_by_code(uow.db(), &codes).await?;
        let mut references = Self {
            owners: Directory::of_owners(uow).await?,
            depots: Vec::new(),
            index: Index::default(),
            goods: Goods::read(uow, records).await?,
            divisions: codes
                .into_iter()
                .map(|code| {
                    let found = divisions.get(&code);
                    (code, organisations::still_exists(found, uow.today()))
                })
                .collect(),
        };
        references.read_depots(uow).await?;
        Ok(references)
    }

    async fn read_depots(&mut self, uow: &Uow<'_>) -> Result<(), Problem> {
        let selection = depots::DepotSelection::default();
        let found = depots::depots_where(uow.db(), &uow.scope(), &selection).await?;
        let ids: Vec<_> = found.iter().map(|depot| depot.id).collect();
        let mut zones = depots::zones_of(uow.db(), &ids).await?;
        for (number, depot) in found.into_iter().enumerate() {
            self.index.insert(&depot.code, &depot.name, number);
            let (mut index, mut default_zone) = (Index::default(), None);
            for zone in zones.remove(&depot.id).unwrap_or_default() {
                index.insert(&zone.code, &zone.name, zone.id);
                if default_zone.is_none() || zone.code == depots::DEFAULT_ZONE {
                    default_zone = Some(zone.id);
                }
            }
            self.depots.push(KnownDepot {
                id: depot.id,
                custodian: depot.organisation_id,
                state: depot.state,
                name: depot.name,
                zones: index,
                default_zone,
            });
        }
        Ok(())
    }

    /// The depot that a file calls so.
    pub(super) fn depot(&self, given: &str) -> Result<&KnownDepot, Fault> {
        let found = self.index.find(given)?;
        let index = found.ok_or_else(|| no_such("储备库", "depot", given))?;
        Ok(&self.depots[index])
    }

    /// The item that a file calls so.
    pub(super) fn item(&self, given: &str) -> Result<&KnownItem, Fault> {
        self.goods.item(given)
    }

    /// Whether a division exists today.
    pub(super) fn division(&self, code: DivisionCode) -> Result<DivisionCode, Fault> {
        match self.divisions.get(&code) {
            Some(Ok(())) => Ok(code),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(no_such("行政区划", "division", code.as_str())),
        }
    }
}

impl KnownDepot {
    /// The zone of this depot that a file calls so, or the one for goods for which none is named.
    pub(super) fn zone(&self, given: Option<&str>) -> Result<Id<Zone>, Fault> {
        let (found, called) = match given {
            None => (self.default_zone, self.name.as_str()),
            Some(given) => (self.zones.find(given)?, given),
        };
        found.ok_or_else(|| no_such("库区", "zone", called))
    }
}
