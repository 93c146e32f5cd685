//! How far each depot is from what was asked for.
//!
//! **Invariant.** The database only narrows the depots down by boxes; the domain measures.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    kernel::{
        Id, Place,
        kinds::{self, Depot},
    },
    organisations::DivisionCode,
    virtual_warehouse::{Near, NearError, Origin},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    agreements::Promise,
    app::App,
    clock::time_at_depots,
    depots::{self, DepotFacts, DepotSelection},
    incidents::{self, Ground},
    problem::{Code, Problem},
    scope::Scope,
    stock::NearDepot,
    virtual_warehouse::wire::{Asked, Target},
};

use super::travel::travel;

/// Depots ranked at once at most.
const DEPOTS_MAX: usize = 10_000;
// As many are read, so that it is known when there are more.
const DEPOTS_READ: u64 = 10_001;
// Farther than any two places on earth: depots without a place come last.
pub(super) const UNKNOWN_METRES: i64 = 1_000_000_000;

/// The distances of depots, where one was asked for.
#[derive(Debug)]
pub(super) struct Distances(Option<Measured>);

#[derive(Debug)]
struct Measured {
    near: Arc<Near>,
    // Where a way ends.
    points: Vec<Place>,
    metres: BTreeMap<Id<Depot>, i64>,
    // The longest time on the way, and how long it takes from each depot.
    time: Option<(u32, BTreeMap<Origin, u32>)>,
}

impl Distances {
    /// Measures all depots that are meant. Five statements for an area, three for a site, one for a
    /// point, none where nothing is to be near to; and two for times on the way.
    pub(super) async fn measure(app: &App, scope: &Scope, asked: &Asked) -> Result<Self, Problem> {
        let db = app.db.read();
        let Some(target) = asked.target else {
            return Ok(Self(None));
        };
        let (near, points) = near(db, scope, target, asked.radius_km).await?;
        let near = Arc::new(near);
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
        let measured = tokio::task::spawn_blocking({
            let near = Arc::clone(&near);
            move || (ranks(&near, &depots), depots)
        });
        let (mut metres, depots) = measured.await.map_err(Problem::internal)?;
        let mut time = None;
        if let Some(limit) = asked.max_time_min {
            let inside = depots.iter().filter(|depot| metres.contains_key(&depot.id));
            let minutes = minutes(app, inside, &[], &points).await?;
            let in_time = |depot: &Id<Depot>| {
                let minutes = minutes.get(&Origin::Depot(*depot));
                minutes.is_some_and(|minutes| *minutes <= limit)
            };
            metres.retain(|depot, _| in_time(depot));
            time = Some((limit, minutes));
        }
        Ok(Self(Some(Measured {
            near,
            points,
            metres,
            time,
        })))
    }

    /// How long it takes from a depot, where a time was asked for.
    pub(super) fn minutes(&self, depot: Id<Depot>) -> Option<u32> {
        let (_, minutes) = self.0.as_ref()?.time.as_ref()?;
        minutes.get(&Origin::Depot(depot)).copied()
    }

    /// How long it takes from suppliers, where a time was asked for.
    pub(super) async fn minutes_of(
        &self,
        app: &App,
        promises: &[Promise],
    ) -> Result<Option<BTreeMap<Origin, u32>>, Problem> {
        match &self.0 {
            Some(Measured {
                points,
                time: Some(_),
                ..
            }) => minutes(app, [], promises, points).await.map(Some),
            _ => Ok(None),
        }
    }

    /// The time, if it is short enough.
    pub(super) fn in_time(&self, minutes: u32) -> Option<u32> {
        let (limit, _) = self.0.as_ref()?.time.as_ref()?;
        (minutes <= *limit).then_some(minutes)
    }

    /// How far away a place is, if it is near enough; nothing where no distance counts.
    pub(super) fn metres_to(
        &self,
        place: Option<Place>,
        division: Option<&DivisionCode>,
    ) -> Option<i64> {
        let Some(Measured { near, .. }) = &self.0 else {
            return Some(0);
        };
        let distance = near.distance_km(place, division);
        let is_near = near.reaches(distance);
        is_near.then(|| distance.map_or(UNKNOWN_METRES, rounded))
    }

    /// Each depot with its rank, if distances count, and with the day on which goods that leave it at
    /// `moment` arrive, if times do.
    pub(super) fn ranked(&self, moment: DateTime<Utc>) -> Option<Vec<NearDepot>> {
        let leaves = time_at_depots(moment);
        let ranks = self.0.as_ref()?.metres.iter().map(|(id, metres)| {
            let way = self.minutes(*id).map(|way| TimeDelta::minutes(way.into()));
            let arrives = way.and_then(|way| leaves.checked_add_signed(way));
            NearDepot {
                depot: *id,
                metres: *metres,
                arrives_on: arrives.map(|at| at.date()),
            }
        });
        Some(ranks.collect())
    }

    /// The depots that are near enough, if distances count.
    pub(super) fn depots(&self) -> Option<Vec<Uuid>> {
        let metres = &self.0.as_ref()?.metres;
        Some(metres.keys().map(|id| id.uuid()).collect())
    }

    /// The distance of a depot in kilometres, to the metre.
    pub(super) fn of(&self, depot: Id<Depot>) -> Option<f64> {
        let metres = *self.0.as_ref()?.metres.get(&depot)?;
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

async fn minutes(
    app: &App,
    depots: impl IntoIterator<Item = &DepotFacts>,
    promises: &[Promise],
    points: &[Place],
) -> Result<BTreeMap<Origin, u32>, Problem> {
    let all: Vec<_> = (0..points.len()).collect();
    let travel = travel(app, depots, promises, points).await;
    let travel = travel.map_err(|problem| {
        if problem.is_refusal() {
            problem.of_query()
        } else {
            problem
        }
    })?;
    Ok(travel.to_nearest(&all))
}

// What depots are to be near to, and where a way to it ends.
async fn near(
    db: &impl ConnectionTrait,
    scope: &Scope,
    target: Target,
    radius_km: Option<f64>,
) -> Result<(Near, Vec<Place>), Problem> {
    let (name, near, points) = match target {
        Target::Point(place) => ("longitude", Near::point(place, radius_km), vec![place]),
        Target::Site(id) => {
            let site = incidents::sites(db, scope, &[id]).await?.pop();
            let site = site.ok_or_else(|| unknown("site_id"))?;
            let near = Near::point(site.place, radius_km);
            ("site_id", near, vec![site.place])
        }
        Target::Incident(id) => {
            let ground = ground(db, scope, id).await?;
            let points = ends(&ground);
            let Ground { area, centres } = ground;
            ("incident_id", Near::area(area, centres, radius_km), points)
        }
    };
    let near = near.map_err(|error| match error {
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
    })?;
    Ok((near, points))
}

/// Where ways to an affected area end: in the middle of what was drawn, and at the centres of the
/// divisions that were only named. What reaches one of them has reached the incident.
pub(super) fn ends(Ground { area, centres }: &Ground) -> Vec<Place> {
    let drawn = area.bounding_boxes().into_iter().filter_map(|bounds| {
        let east = f64::midpoint(bounds.west, bounds.east);
        Place::new(east, f64::midpoint(bounds.south, bounds.north)).ok()
    });
    centres.iter().copied().chain(drawn).collect()
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
