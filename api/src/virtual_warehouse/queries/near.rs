//! How far each depot is from what was asked for.
//!
//! **Invariant.** The database only narrows the depots down by boxes; the domain measures.

use std::collections::BTreeMap;

use domain::{
    kernel::{
        Id,
        kinds::{self, Depot},
    },
    virtual_warehouse::{Near, NearError},
};
use sea_orm::ConnectionTrait;

use crate::{
    depots::{self, DepotFacts, DepotSelection},
    incidents::{self, Ground},
    problem::{Code, Problem},
    scope::Scope,
    virtual_warehouse::wire::{Asked, Target},
};

/// Depots ranked at once at most.
const DEPOTS_MAX: usize = 10_000;
// As many are read, so that it is known when there are more.
const DEPOTS_READ: u64 = 10_001;
// Farther than any two places on earth: depots without a place come last.
const UNKNOWN_METRES: i64 = 1_000_000_000;

/// The distances of depots, where one was asked for.
#[derive(Debug)]
pub(super) struct Distances(Option<BTreeMap<Id<Depot>, i64>>);

impl Distances {
    /// Measures all depots that are meant. Five statements for an area, three for a site, one for a
    /// point, none where nothing is to be near to.
    pub(super) async fn measure(
        db: &impl ConnectionTrait,
        scope: &Scope,
        asked: &Asked,
    ) -> Result<Self, Problem> {
        let Some(target) = asked.target else {
            return Ok(Self(None));
        };
        let near = near(db, scope, target, asked.radius_km).await?;
        let selection = DepotSelection {
            boxes: near.boxes(),
            at_most: Some(DEPOTS_READ),
            ..asked.depots.clone()
        };
        // Owners see their goods in depots that they do not see.
        let depots = depots::depots_where(db, &Scope::Everything, &selection).await?;
        if depots.len() > DEPOTS_MAX {
            return Err(Problem::field(
                "radius_km",
                "required",
                format!("范围内仓库超过 {DEPOTS_MAX} 个，请缩小半径或增加筛选条件"),
                format!(
                    "more than {DEPOTS_MAX} depots are meant; narrow them down by a radius or another filter"
                ),
            ).of_query());
        }
        // Thousands of depots against thousands of points keep a core busy.
        let metres = tokio::task::spawn_blocking(move || ranks(&near, &depots));
        Ok(Self(Some(metres.await.map_err(Problem::internal)?)))
    }

    /// Each depot with its rank, if distances count.
    pub(super) fn ranked(&self) -> Option<Vec<(Id<Depot>, i64)>> {
        let ranks = self.0.as_ref()?.iter().map(|(id, metres)| (*id, *metres));
        Some(ranks.collect())
    }

    /// The distance of a depot in kilometres, to the metre.
    pub(super) fn of(&self, depot: Id<Depot>) -> Option<f64> {
        let metres = *self.0.as_ref()?.get(&depot)?;
        let metres = i32::try_from(metres)
            .ok()
            .filter(|_| metres < UNKNOWN_METRES)?;
        Some(f64::from(metres) / 1_000.0)
    }
}

fn ranks(near: &Near, depots: &[DepotFacts]) -> BTreeMap<Id<Depot>, i64> {
    let mut metres = BTreeMap::new();
    for depot in depots {
        let distance = near.distance_km(depot.place, depot.division_code.as_ref());
        if near.reaches(distance) {
            metres.insert(depot.id, distance.map_or(UNKNOWN_METRES, rounded));
        }
    }
    metres
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no two places are more than 20,100 km apart"
)]
fn rounded(kilometres: f64) -> i64 {
    (kilometres * 1_000.0).round() as i64
}

async fn near(
    db: &impl ConnectionTrait,
    scope: &Scope,
    target: Target,
    radius_km: Option<f64>,
) -> Result<Near, Problem> {
    let (name, near) = match target {
        Target::Point(place) => ("longitude", Near::point(place, radius_km)),
        Target::Site(id) => {
            let site = incidents::sites(db, scope, &[id]).await?.pop();
            let site = site.ok_or_else(|| unknown("site_id"))?;
            ("site_id", Near::point(site.place, radius_km))
        }
        Target::Incident(id) => {
            let Ground { area, centres } = ground(db, scope, id).await?;
            ("incident_id", Near::area(area, centres, radius_km))
        }
    };
    near.map_err(|error| match error {
        NearError::Radius => Problem::field(
            "radius_km",
            "out-of-range",
            "半径须在 0.01 到 2000 千米之间",
            error.to_string(),
        )
        .of_query(),
        NearError::Nowhere => Problem::field(
            name,
            "no-place",
            "受灾区域的区划没有已知的中心点，无法计算距离",
            error.to_string(),
        )
        .of_query(),
    })
}

async fn ground(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
) -> Result<Ground, Problem> {
    let ground = incidents::affected_ground(db, scope, incident).await;
    ground.map_err(|problem| match problem.code {
        Code::NotFound => unknown("incident_id"),
        _ => problem,
    })
}

fn unknown(name: &'static str) -> Problem {
    Problem::field(
        name,
        "reference",
        "没有这个对象",
        "there is nothing with this id",
    )
    .of_query()
}
