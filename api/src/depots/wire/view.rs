//! A depot as it is shown.
//!
//! **Invariant.** What the table holds is shown whole, and distances and warnings only where they
//! were asked for.

use chrono::{DateTime, Utc};
use domain::kernel::{
    Id,
    kinds::{Depot, Organisation},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{depots::rows, http::versioned, problem::Problem};

use super::{DepotProfile, PlaceView};

/// Something odd that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Warning {
    /// `far-from-division` or `level-above-organisation`; more may be added.
    #[schema(max_length = 64)]
    pub(crate) code: String,
    /// A JSON Pointer to the member it is about.
    #[schema(max_length = 64)]
    pub(crate) pointer: String,
    #[schema(max_length = 500)]
    pub(crate) message_zh: String,
    #[schema(max_length = 500)]
    pub(crate) message_en: String,
}

/// A place that keeps stock.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct DepotView {
    #[schema(value_type = String, max_length = 40)]
    pub(crate) id: Id<Depot>,
    /// The custodian.
    #[schema(value_type = String, max_length = 30)]
    pub(crate) organisation_id: Id<Organisation>,
    /// A short code, unique among all depots.
    #[schema(max_length = 32)]
    pub(crate) code: String,
    #[schema(max_length = 200)]
    pub(crate) name: String,
    /// The name in English.
    #[schema(max_length = 200)]
    pub(crate) name_en: Option<String>,
    #[schema(max_length = 16)]
    pub(crate) level: String,
    /// `own`, `partner`, `storage_point` or `supplier`.
    #[schema(max_length = 16)]
    pub(crate) operation: String,
    /// The division it stands in.
    #[schema(max_length = 12)]
    pub(crate) division_code: Option<String>,
    #[schema(max_length = 500)]
    pub(crate) address: Option<String>,
    /// Where it stands, in WGS-84.
    pub(crate) place: Option<PlaceView>,
    /// The same point as it was given, where that was in another datum.
    pub(crate) given_place: Option<PlaceView>,
    /// `operating`, `saturated` (takes nothing in), `paused` (nothing moves) or `closed`.
    #[schema(max_length = 16)]
    pub(crate) state: String,
    /// Why it is in this state.
    #[schema(max_length = 500)]
    pub(crate) state_reason: Option<String>,
    pub(crate) state_since: DateTime<Utc>,
    pub(crate) profile: DepotProfile,
    /// What an import or the demonstration marked.
    #[schema(max_length = 500)]
    pub(crate) remark: Option<String>,
    /// The count of edits, from 1.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// The great-circle distance to the point asked about, in a list near a point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 2000)]
    pub(crate) distance_km: Option<f64>,
    /// What is odd about what was just written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub(crate) warnings: Vec<Warning>,
}

versioned!(DepotView);

impl TryFrom<rows::depot::Model> for DepotView {
    type Error = Problem;

    fn try_from(row: rows::depot::Model) -> Result<Self, Problem> {
        let rows::depot::Model {
            id,
            code,
            name,
            name_en,
            level,
            operation,
            organisation_id,
            division_code,
            address,
            longitude,
            latitude,
            given_crs,
            given_longitude,
            given_latitude,
            state,
            state_reason,
            state_since,
            profile,
            remark,
            name_key: _,
            version,
            created_at: _,
        } = row;
        let point = |crs: Option<String>, longitude: Option<f64>, latitude: Option<f64>| {
            Some(PlaceView {
                longitude: longitude?,
                latitude: latitude?,
                crs: crs?,
            })
        };
        Ok(Self {
            id: Id::from_uuid(id),
            organisation_id: Id::from_uuid(organisation_id),
            code,
            name,
            name_en,
            level,
            operation,
            division_code,
            address,
            place: point(Some("wgs84".to_owned()), longitude, latitude),
            given_place: point(given_crs, given_longitude, given_latitude),
            state,
            state_reason,
            state_since,
            profile: serde_json::from_str(&profile).map_err(Problem::internal)?,
            remark,
            version,
            distance_km: None,
            warnings: Vec::new(),
        })
    }
}
