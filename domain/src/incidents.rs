//! What happened, where, which places need goods, and how much.
//!
//! **Invariant.** An incident stands alone: it knows places, people and items by id, but no stock,
//! no depot and no plan. Its three scales never turn into one another, its area is geometry that
//! was checked once, and what a need came from is kept with it.

mod area;
mod hazard;
mod need;
mod scales;
mod site;
mod standard;
mod state;
mod substitute;

pub use area::{
    AffectedArea, AreaError, AreaPart, BoundingBox, Budget, Circle, CircleError, Polygon,
    PolygonError,
};
pub use hazard::Hazard;
pub use need::{GuaranteedMinimum, MinimumError, Need, NeedState, Origin, Priority, PriorityError};
pub use scales::{EventGrade, ResponseLevel, WarningColour};
pub use site::{Site, SiteKind};
pub use standard::{Basis, Population, Rate, RateError, Standard, StandardError, StandardLine};
pub use state::{IncidentAction, IncidentState, IncidentStateError};
pub use substitute::{
    StandIns, Substitute, SubstituteError, SubstituteRate, Substitutes, leads_back,
};
