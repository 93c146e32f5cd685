//! What happened, where, which places need goods, and how much.
//!
//! **Invariant.** An incident stands alone: nothing here knows stock, depots or plans. Its three
//! scales are never merged, its area was checked when it came in, and a need says for ever where
//! its figure came from. It is declared beside the alerts that it may be taken from. What became of a need is told by `dispatch`, which knows the orders.

mod commands;
mod queries;
mod routes;
mod rows;
mod standards;
mod wire;

pub(crate) use commands::{Area, CloseIncident, Declaration, OfAlert, PartRow, Where};
pub(crate) use queries::{
    Ground, KeptPart, MatchedStandard, NeedFacts, SiteFacts, affected_ground, features, ground,
    hold_incident, incident, incidents_among, matched_standard, names, need, needs, needs_at,
    open_incident, open_needs, sites, sites_of, sites_of_needs, substitutes_of,
};
pub(crate) use routes::router;
pub(crate) use wire::{
    AreaPartBody, AreaSummaryView, DeclareIncidentBody, IncidentView, NeedFilter, NeedView,
    SubstituteRateView, parse_where,
};

/// Who sees which of its tables, for the database to keep.
pub(crate) fn guards() -> Vec<crate::scope::Guard> {
    rows::guards()
}
