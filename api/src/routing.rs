//! How far it is from depots to sites.
//!
//! **Invariant.** Every leg names the source of its figures, and a pair that no source can join is
//! said to be unreachable. The great circle is always there; better sources are asked before it, and
//! none that fails makes a question fail.

mod commands;
mod demonstration;
mod import;
mod queries;
mod road_file;
mod routes;
mod rows;
mod sources;
mod wire;

/// The licence of OpenStreetMap's data.
pub(crate) const OSM_LICENCE: &str = "Open Database Licence 1.0";
/// What it asks to be shown.
pub(crate) const OSM_ATTRIBUTION: &str = "© OpenStreetMap contributors";

pub(crate) use demonstration::{graph_of, plant};
pub(crate) use import::{Given, Link, import};
pub(crate) use queries::{Question, question};
pub(crate) use road_file::{Roads, write};
pub(crate) use routes::router;
pub(crate) use sources::{Sources, road_file};
pub(crate) use wire::road_version;
