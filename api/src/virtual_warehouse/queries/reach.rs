//! How much can be where after how long.
//!
//! **Invariant.** One call reads once, for however many places and items: the curves are then made in
//! memory. A fixed number of statements.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    kernel::{
        Id, Place, PlaceOrigin,
        kinds::{self, Item},
    },
    organisations::DivisionCode,
    virtual_warehouse::{Counting, Curve, Origin, Step, curves, everything},
};
use sea_orm::ConnectionTrait;

use crate::{
    app::App,
    catalogue::{self, ItemFacts},
    clock::time_at_depots,
    incidents, organisations,
    problem::{Code, Faults, Problem},
    scope::Scope,
};

use super::{
    super::wire::{
        AskedPlace, AskedReach, EverythingView, ReachHourView, ReachItemView, ReachPlaceView,
        ReachStepView, ReachView, StepSourceView,
    },
    items_called, known,
    near::ends,
    sources::{Sources, sources},
    travel::{Travel, travel},
};

/// The curves of all places and items that are asked for.
pub(in crate::virtual_warehouse) async fn reach(
    app: &App,
    scope: &Scope,
    asked: AskedReach,
    now: DateTime<Utc>,
) -> Result<ReachView, Problem> {
    let db = app.db.read();
    let places = resolve(db, scope, &asked.places).await?;
    let items = items_called(db, asked.sending.items.iter().copied()).await?;
    all_known(&asked, &items)?;
    let local = time_at_depots(now);
    let mut found = sources(db, scope, &asked.sending, local.date()).await?;
    if asked.with_coming {
        found.add_coming(db, scope, &asked.sending, now).await?;
    }
    let points: Vec<_> = places
        .iter()
        .flat_map(|place| &place.points)
        .copied()
        .collect();
    let travel = travel(app, found.depots.values(), &found.promises, &points).await?;
    let made = move || {
        let look = Look {
            asked: &asked,
            items: &items,
            names: names(&found),
            found: &found,
            travel: &travel,
        };
        look.answer(&places, now)
    };
    // Hundreds of places against thousands of depots keep a core busy.
    tokio::task::spawn_blocking(made)
        .await
        .map_err(Problem::internal)?
}

// A place, as well as it is known.
struct Found {
    points: Vec<Place>,
    origin: PlaceOrigin,
}

struct Look<'a> {
    asked: &'a AskedReach,
    items: &'a BTreeMap<Id<Item>, ItemFacts>,
    names: BTreeMap<Origin, String>,
    found: &'a Sources,
    travel: &'a Travel,
}

impl Look<'_> {
    fn answer(&self, places: &[Found], now: DateTime<Utc>) -> Result<ReachView, Problem> {
        let local = time_at_depots(now);
        let mut first = 0;
        let mut views = Vec::with_capacity(places.len());
        for (asked, place) in self.asked.places.iter().zip(places) {
            let numbers: Vec<_> = (first..first + place.points.len()).collect();
            first += place.points.len();
            let minutes = self.travel.to_nearest(&numbers);
            let travel = |origin: Origin| minutes.get(&origin).copied();
            let curves = curves(&self.found.holdings, travel, local);
            views.push(self.place(asked, place, &curves)?);
        }
        Ok(ReachView {
            asked_at: now,
            travel_sources: self.travel.sources(),
            places: views,
        })
    }

    fn place(
        &self,
        asked: &AskedPlace,
        place: &Found,
        curves: &BTreeMap<Id<Item>, Curve>,
    ) -> Result<ReachPlaceView, Problem> {
        let nothing = Curve::default();
        let items = self.asked.sending.items.iter().map(|id| {
            let curve = curves.get(id).unwrap_or(&nothing);
            self.item(*id, curve)
        });
        let needs = &self.asked.needs;
        let all = |counting| everything(needs, curves, counting);
        let drawn = match place.points[..] {
            [only] => Some(only),
            _ => None,
        };
        Ok(ReachPlaceView {
            site_id: asked.site(),
            incident_id: asked.incident(),
            division_code: asked.division().map(|code| code.to_string()),
            longitude: drawn.map(Place::longitude),
            latitude: drawn.map(Place::latitude),
            place_origin: place.origin.name().to_owned(),
            items: items.collect::<Result<_, _>>()?,
            everything: (!needs.is_empty()).then(|| EverythingView {
                own_min: all(Counting::Own),
                with_agreements_min: all(Counting::WithAgreements),
            }),
        })
    }

    fn item(&self, id: Id<Item>, curve: &Curve) -> Result<ReachItemView, Problem> {
        let item = known(self.items, id)?;
        let of_item = self.asked.needs.iter().filter(|(item, _)| *item == id);
        let needed = of_item.fold(0_i64, |sum, (_, more)| sum.saturating_add(*more));
        let needed = (needed > 0).then_some(needed);
        let time = |counting| needed.and_then(|quantity| curve.time_for(quantity, counting));
        let hours = self.asked.hours.iter().map(|&hours| {
            let (own, agreement) = curve.within(hours.saturating_mul(60));
            ReachHourView {
                hours,
                own,
                agreement,
            }
        });
        let (own_total, agreement_total) = curve.within(u32::MAX);
        let step = |kind: &'static str| move |step: &Step| (kind, step.clone());
        let steps = self.asked.with_steps.then(|| {
            let own = curve.own().iter().map(step("own"));
            let agreement = curve.agreement().iter().map(step("agreement"));
            own.chain(agreement)
                .map(|(stock, step)| self.step(stock, step))
                .collect()
        });
        Ok(ReachItemView {
            item_id: id,
            item_name: item.name.clone(),
            base_unit: item.units.base().as_str().to_owned(),
            own_total,
            agreement_total,
            hours: hours.collect(),
            needed,
            own_min: time(Counting::Own),
            with_agreements_min: time(Counting::WithAgreements),
            steps,
        })
    }

    fn step(&self, stock: &'static str, step: Step) -> ReachStepView {
        let from = step.from.into_iter().map(|(origin, quantity)| {
            let (depot_id, agreement_id) = match origin {
                Origin::Depot(id) => (Some(id), None),
                Origin::Agreement(id) => (None, Some(id)),
            };
            StepSourceView {
                depot_id,
                agreement_id,
                name: self.names.get(&origin).cloned().unwrap_or_default(),
                quantity,
            }
        });
        ReachStepView {
            stock: stock.to_owned(),
            at_min: step.at_min,
            added: step.added,
            total: step.total,
            from: from.collect(),
        }
    }
}

fn names(found: &Sources) -> BTreeMap<Origin, String> {
    let depots = found.depots.values();
    let depots = depots.map(|depot| (Origin::Depot(depot.id), depot.name.clone()));
    let promises = found.promises.iter().map(|promise| {
        let name = promise.supplier_name.clone();
        (Origin::Agreement(promise.agreement), name)
    });
    depots.chain(promises).collect()
}

fn all_known(asked: &AskedReach, items: &BTreeMap<Id<Item>, ItemFacts>) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for (pointer, item) in &asked.named {
        faults.take(pointer, catalogue::known(items, *item));
    }
    faults.finish(Some(()))
}

// Where the places are: one statement for all sites, one for all divisions, and four for an
// incident, of which there is one at most.
async fn resolve(
    db: &impl ConnectionTrait,
    scope: &Scope,
    asked: &[AskedPlace],
) -> Result<Vec<Found>, Problem> {
    let sites: BTreeSet<_> = asked.iter().filter_map(AskedPlace::site).collect();
    let sites: Vec<_> = sites.into_iter().collect();
    let sites = if sites.is_empty() {
        Vec::new()
    } else {
        incidents::sites(db, scope, &sites).await?
    };
    let sites: BTreeMap<_, _> = sites
        .into_iter()
        .map(|site| (site.id, site.place))
        .collect();
    let divisions: Vec<_> = asked.iter().filter_map(AskedPlace::division).collect();
    let centres = organisations::centres(db, &divisions).await?;
    let mut faults = Faults::default();
    let mut found = Vec::new();
    for (number, place) in asked.iter().enumerate() {
        let unknown = |faults: &mut Faults, member: &str| {
            faults.note(
                format!("/places/{number}/{member}"),
                "reference",
                "没有这个对象，或不知道它在哪里",
                "there is no such thing, or nobody knows where it is",
            );
        };
        let one = |place: Option<Place>, origin| {
            place.map(|place| Found {
                points: vec![place],
                origin,
            })
        };
        let (member, place) = match *place {
            AskedPlace::Point(place) => ("longitude", one(Some(place), PlaceOrigin::Given)),
            AskedPlace::Site(id) => {
                let place = sites.get(&id).copied();
                ("site_id", one(place, PlaceOrigin::Given))
            }
            AskedPlace::Division(code) => {
                let place = centre_of(&centres, code);
                ("division_code", one(place, PlaceOrigin::Division))
            }
            AskedPlace::Incident(id) => ("incident_id", of_incident(db, scope, id).await?),
        };
        if place.is_none() {
            unknown(&mut faults, member);
        }
        found.extend(place);
    }
    faults.finish(Some(found))
}

fn centre_of(
    centres: &BTreeMap<DivisionCode, organisations::Centre>,
    code: DivisionCode,
) -> Option<Place> {
    centres.get(&code).map(|centre| centre.place)
}

async fn of_incident(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::Incident>,
) -> Result<Option<Found>, Problem> {
    let points = match incidents::affected_ground(db, scope, id).await {
        Ok(ground) => ends(&ground),
        Err(problem) if problem.code == Code::NotFound => return Ok(None),
        Err(problem) => return Err(problem),
    };
    Ok((!points.is_empty()).then_some(Found {
        points,
        origin: PlaceOrigin::Division,
    }))
}
