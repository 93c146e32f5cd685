//! The society tree and the administrative divisions it works in.
//!
//! **Invariant.** Every society but the highest stands under a strictly higher one, and the closure
//! table always equals the tree. A division keeps its code for ever; one that was abolished keeps
//! its row, the day it ended and its successors.

mod commands;
mod queries;
mod routes;
mod rows;
mod wire;

pub(crate) use commands::{CreateOrganisation, Division, LoadDivisions, Plants};
pub(crate) use queries::{
    Centre, above, bodies, boundaries_by_code, centre, centres, directory, divisions_by_code,
    existing_division, has_no_divisions, known, named, names, not_of_today, partner_ids,
    people_served, populations, roots, standing, still_exists, within,
};
pub(crate) use routes::router;
pub(crate) use wire::OrganisationView;
