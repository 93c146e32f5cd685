//! Where depots stand, as well as it is known.
//!
//! **Invariant.** A place that was given goes before one that was looked up, and which of the two
//! it is travels with it.

use std::collections::BTreeMap;

use domain::kernel::{Id, Place, PlaceOrigin, kinds::Depot};
use sea_orm::ConnectionTrait;

use super::DepotFacts;
use crate::{organisations, problem::Problem};

/// The places of depots: their own, or else the centre of their division or of the nearest one
/// round it. A depot of which neither is known is not among them. One statement, if any has no
/// place.
pub(crate) async fn places(
    db: &impl ConnectionTrait,
    depots: impl IntoIterator<Item = &DepotFacts>,
) -> Result<BTreeMap<Id<Depot>, (Place, PlaceOrigin)>, Problem> {
    let mut places = BTreeMap::new();
    let mut unplaced = Vec::new();
    for depot in depots {
        match (depot.place, depot.division_code) {
            (Some(place), _) => {
                places.insert(depot.id, (place, PlaceOrigin::Given));
            }
            (None, Some(division)) => unplaced.push((depot.id, division)),
            (None, None) => {}
        }
    }
    if unplaced.is_empty() {
        return Ok(places);
    }
    let divisions: Vec<_> = unplaced.iter().map(|(_, division)| *division).collect();
    let centres = organisations::centres(db, &divisions).await?;
    for (depot, division) in unplaced {
        if let Some(centre) = centres.get(&division) {
            places.insert(depot, (centre.place, PlaceOrigin::Division));
        }
    }
    Ok(places)
}
