//! How far it is from a depot to a site, and how long it takes.
//!
//! **Invariant.** Every leg names the source of its figures. Distances are whole hundreds of
//! metres and times whole minutes rounded up, so that the same question has the same answer on
//! every machine. A pair that a source cannot join is said to be unreachable, not left out.

mod closed_ground;
mod closure;
mod following;
mod great_circle;
mod leg;
mod matrix;
pub mod osm;
mod roads;

pub use closed_ground::{AROUND, ClosedGround};
pub use closure::{ClosureState, ClosureTime, ClosureTimeError, NotStanding};
pub use following::{Followed, follow};
pub use great_circle::{GreatCircle, GreatCircleError};
pub use leg::{Barrier, Found, Leg, LegMarks, LegMode, LegSource, Reach, RoadEdition, Way};
pub use matrix::{Sourced, TravelMatrix};
pub use roads::{ACCESS, Cut, Ferry, RoadEdge, RoadGraph, RoadGraphError, RoadNode};
