//! Valhalla, by its JSON API.
//!
//! **Invariant.** A matrix is asked for in blocks of as many pairs as a Valhalla takes as it is
//! shipped, with the ground to keep off. It may refuse a whole block for one place that it cannot
//! join: such a block is cut in half until the pair is found, which alone is unreachable. A pair
//! without figures in a matrix that it gives is one that it does not know. What it refuses for any other reason, such as polygons that are too long for its settings, is no answer.

use anyhow::{Context as _, bail, ensure};
use domain::{
    kernel::Place,
    routing::{Barrier, ClosedGround, Found, GreatCircle, LegMarks, LegSource, Sourced, Way},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Places,
    client::{Answer, Client},
};

/// `max_matrix_location_pairs` is 2,500 by default.
const BLOCK: usize = 50;
/// A question takes no more requests than this, however many of its places cannot be joined.
const REQUESTS_MAX: usize = 500;
/// How far a place may be from the nearest road.
const MOVED_M_MAX: u32 = 10_000;
/// What a block is refused with for a place that has no road near it, or that no road leads from.
const NOT_JOINED: [u32; 3] = [170, 171, 442];

#[derive(Debug)]
pub(super) struct Valhalla(Client);

#[derive(Debug, Deserialize)]
struct Matrix {
    sources_to_targets: Vec<Vec<Pair>>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    from_index: usize,
    to_index: usize,
    /// Kilometres.
    distance: Option<f64>,
    /// Seconds.
    time: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Route {
    trip: Trip,
}

#[derive(Debug, Deserialize)]
struct Trip {
    legs: Vec<TripLeg>,
}

#[derive(Debug, Deserialize)]
struct TripLeg {
    /// A polyline of six digits.
    shape: String,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    error_code: u32,
    #[serde(default)]
    error: String,
}

/// A part of the question: starts from one number to another, and ends.
#[derive(Debug, Clone)]
struct Block {
    starts: std::ops::Range<usize>,
    ends: std::ops::Range<usize>,
}

impl Valhalla {
    pub(super) fn new(client: Client) -> Self {
        Self(client)
    }

    pub(super) async fn ways(&self, places: &Places, ground: &ClosedGround) -> Option<Sourced> {
        match self.matrix(places, ground).await {
            Ok(found) => Some(Sourced {
                source: LegSource::Valhalla(None),
                found,
            }),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "valhalla did not answer");
                None
            }
        }
    }

    /// The way from one place to another round closed ground, drawn.
    pub(super) async fn drawn(
        &self,
        from: Place,
        to: Place,
        ground: &ClosedGround,
    ) -> anyhow::Result<Vec<Place>> {
        let mut body = json!({
            "locations": locations(&[from, to]),
            "costing": "truck",
            "directions_type": "none",
        });
        if !ground.is_empty() {
            body["exclude_polygons"] = json!(ground.rings());
        }
        let route: Route = match self.0.post("route", &body).await? {
            Answer::Good(route) => route,
            Answer::Refused(Refusal { error_code, error }) => {
                bail!("it refuses: {error_code} {error}")
            }
        };
        let leg = route.trip.legs.first().context("it answers no route")?;
        polyline(&leg.shape)
    }

    async fn matrix(
        &self,
        places: &Places,
        ground: &ClosedGround,
    ) -> anyhow::Result<Vec<Vec<Found>>> {
        let nothing = Found::Barred(Barrier::NoWay);
        let mut found = vec![vec![nothing; places.starts.len()]; places.ends.len()];
        let mut left = blocks(places);
        let closed = ground.rings();
        let mut requests = 0;
        while let Some(block) = left.pop() {
            requests += 1;
            ensure!(
                requests <= REQUESTS_MAX,
                "too many of its blocks are refused"
            );
            match self.block(places, &block, &closed).await? {
                Some(matrix) => matrix.fill(&block, &mut found)?,
                None => left.extend(block.halves()),
            }
        }
        Ok(found)
    }

    // `None` where the block is refused for a place that cannot be joined.
    async fn block(
        &self,
        places: &Places,
        block: &Block,
        closed: &[Vec<[f64; 2]>],
    ) -> anyhow::Result<Option<Matrix>> {
        let mut body = json!({
            "sources": locations(&places.starts[block.starts.clone()]),
            "targets": locations(&places.ends[block.ends.clone()]),
            "costing": "truck",
            "verbose": true,
        });
        if !closed.is_empty() {
            body["exclude_polygons"] = json!(closed);
        }
        match self.0.post("sources_to_targets", &body).await? {
            Answer::Good(matrix) => Ok(Some(matrix)),
            Answer::Refused(Refusal { error_code, .. }) if NOT_JOINED.contains(&error_code) => {
                Ok(None)
            }
            Answer::Refused(Refusal { error_code, error }) => {
                bail!("it refuses: {error_code} {error}")
            }
        }
    }
}

impl Matrix {
    fn fill(&self, block: &Block, found: &mut [Vec<Found>]) -> anyhow::Result<()> {
        let rows = &self.sources_to_targets;
        ensure!(
            rows.len() == block.starts.len(),
            "its matrix has another size"
        );
        for (start, row) in rows.iter().enumerate() {
            ensure!(row.len() == block.ends.len(), "its matrix has another size");
            for (end, pair) in row.iter().enumerate() {
                let same = (pair.from_index, pair.to_index) == (start, end);
                ensure!(same, "it answers for other places");
                let at = &mut found[block.ends.start + end][block.starts.start + start];
                *at = pair.found()?;
            }
        }
        Ok(())
    }
}

impl Pair {
    fn found(&self) -> anyhow::Result<Found> {
        // Its matrix has no answer for long ways that its own `/route` finds (seen with 3.9.1 between
        // Kaihua and Ningbo), so that another source is asked.
        let (Some(km), Some(seconds)) = (self.distance, self.time) else {
            return Ok(Found::Unknown);
        };
        let sound = |figure: f64| figure.is_finite() && figure >= 0.0;
        ensure!(sound(km) && sound(seconds), "a figure of it is none");
        Ok(Found::Way(Way {
            distance_m: GreatCircle::whole_metres(km),
            time_min: GreatCircle::whole_minutes(seconds / 60.0),
            marks: LegMarks::default(),
        }))
    }
}

impl Block {
    // Both halves; none of a single pair, of which it is known now that nothing joins it.
    fn halves(self) -> Vec<Self> {
        let Self { starts, ends } = self;
        if starts.len() > 1 {
            let middle = starts.start + starts.len() / 2;
            let half = |starts| Self {
                starts,
                ends: ends.clone(),
            };
            vec![half(starts.start..middle), half(middle..starts.end)]
        } else if ends.len() > 1 {
            let middle = ends.start + ends.len() / 2;
            let half = |ends| Self {
                starts: starts.clone(),
                ends,
            };
            vec![half(ends.start..middle), half(middle..ends.end)]
        } else {
            Vec::new()
        }
    }
}

// Google's encoding with six digits: latitude and longitude in turn, each as the difference to the
// one before, five bits to a character, the sign in the lowest bit.
fn polyline(shape: &str) -> anyhow::Result<Vec<Place>> {
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0_i64, 0);
    for byte in shape.bytes() {
        let bits = byte.checked_sub(63).filter(|bits| *bits < 64);
        let bits = i64::from(bits.context("its shape holds another character")?);
        ensure!(shift < 40, "a number of its shape has no end");
        number |= (bits & 31) << shift;
        shift += 5;
        if bits < 32 {
            numbers.push(if number & 1 == 1 {
                !(number >> 1)
            } else {
                number >> 1
            });
            (number, shift) = (0, 0);
        }
    }
    ensure!(
        shift == 0 && numbers.len() > 3 && numbers.len().is_multiple_of(2),
        "its shape is cut off"
    );
    let (mut latitude, mut longitude) = (0_i64, 0_i64);
    let places = numbers.chunks_exact(2).map(|step| {
        latitude += step[0];
        longitude += step[1];
        #[expect(clippy::cast_precision_loss, reason = "a number has 40 bits")]
        let degrees = |number: i64| number as f64 / 1e6;
        Place::new(degrees(longitude), degrees(latitude))
    });
    Ok(places.collect::<Result<_, _>>()?)
}

fn blocks(places: &Places) -> Vec<Block> {
    let parts = |length: usize| {
        (0..length)
            .step_by(BLOCK)
            .map(move |start| start..(start + BLOCK).min(length))
    };
    parts(places.starts.len())
        .flat_map(|starts| {
            parts(places.ends.len()).map(move |ends| Block {
                starts: starts.clone(),
                ends,
            })
        })
        .collect()
}

fn locations(places: &[Place]) -> Value {
    let location = |place: &Place| {
        json!({
            "lon": place.longitude(),
            "lat": place.latitude(),
            "search_cutoff": MOVED_M_MAX,
        })
    };
    places.iter().map(location).collect()
}
