//! Depots on the wire.
//!
//! **Invariant.** A depot keeps its code and its custodian for ever. What is odd but possible is
//! told as a warning and stops nobody.

use domain::{
    depots::{DepotState, Operation},
    kernel::{
        Id, Text,
        kinds::{Depot, Organisation},
    },
    organisations::{DivisionCode, Level},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::{
    depots::commands,
    http::given,
    problem::{Fault, Faults, Problem},
};

use super::{DepotProfile, PlaceBody};

/// A new depot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateDepotBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    id: Option<Id<Depot>>,
    /// The custodian: who keeps the goods, whoever owns them.
    #[schema(value_type = String, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    organisation_id: Id<Organisation>,
    /// A short code, unique among all depots.
    #[schema(min_length = 1, max_length = 32, examples("HZ-01"))]
    code: String,
    #[schema(min_length = 1, max_length = 200, examples("杭州市备灾救灾中心"))]
    name: String,
    /// The name in English.
    #[schema(min_length = 1, max_length = 200)]
    name_en: Option<String>,
    /// `national`, `provincial`, `municipal`, `county` or `township`.
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: String,
    /// `own`, `partner` (a grain reserve, a logistics firm), `storage_point` or `supplier`.
    #[schema(max_length = 16, pattern = "^(own|partner|storage_point|supplier)$")]
    operation: String,
    /// The division it stands in.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<String>,
    #[schema(min_length = 1, max_length = 500)]
    address: Option<String>,
    place: Option<PlaceBody>,
    /// Shown with every answer, such as a mark of demonstration data.
    #[schema(min_length = 1, max_length = 500)]
    remark: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<DepotProfile>)]
    profile: Option<DepotProfile>,
}

impl CreateDepotBody {
    pub(crate) fn parse(self) -> Result<commands::CreateDepot, Problem> {
        let mut faults = Faults::default();
        let code = faults.take("/code", Text::new(&self.code));
        let name = faults.take("/name", Text::new(&self.name));
        let name_en = faults.take_if("/name_en", self.name_en.as_deref().map(Text::new));
        let level = faults.take("/level", self.level.parse::<Level>());
        let operation = faults.take("/operation", self.operation.parse::<Operation>());
        let division = self
            .division_code
            .as_deref()
            .map(str::parse::<DivisionCode>);
        let division = faults.take_if("/division_code", division);
        let address = faults.take_if("/address", self.address.as_deref().map(Text::new));
        let remark = faults.take_if("/remark", self.remark.as_deref().map(Text::new));
        let place = match &self.place {
            Some(place) => place.parse(&mut faults, "/place").map(Some),
            None => Some(None),
        };
        let profile = self.profile.unwrap_or_default().parse(&mut faults);
        let command = (|| {
            Some(commands::CreateDepot {
                id: self.id,
                organisation: self.organisation_id,
                code: code?,
                name: name?,
                name_en: name_en?,
                level: level?,
                operation: operation?,
                division: division?,
                address: address?,
                place: place?,
                remark: remark?,
                profile: profile?,
            })
        })();
        faults.finish(command)
    }
}

/// A change of a depot; absent members stay as they are, null takes a value away. Members of the
/// profile are changed one by one in the same way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateDepotBody {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The name in English.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    name_en: Option<Option<String>>,
    /// `national`, `provincial`, `municipal`, `county` or `township`.
    #[schema(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    level: Option<String>,
    /// `own`, `partner`, `storage_point` or `supplier`.
    #[schema(max_length = 16, pattern = "^(own|partner|storage_point|supplier)$")]
    operation: Option<String>,
    /// The division it stands in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    division_code: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    address: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PlaceBody>)]
    place: Option<Option<PlaceBody>>,
    /// Shown with every answer.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    remark: Option<Option<String>>,
    #[schema(value_type = Option<DepotProfile>)]
    profile: Option<Map<String, Value>>,
}

impl UpdateDepotBody {
    pub(crate) fn parse(
        self,
        id: Id<Depot>,
        based_on: i64,
    ) -> Result<commands::UpdateDepot, Problem> {
        let mut faults = Faults::default();
        let name = faults.take_if("/name", self.name.as_deref().map(Text::new));
        let name_en = faults.take_if("/name_en", changed(self.name_en, |text| Text::new(&text)));
        let level = faults.take_if("/level", self.level.as_deref().map(str::parse::<Level>));
        let operation = self.operation.as_deref().map(str::parse::<Operation>);
        let operation = faults.take_if("/operation", operation);
        let division = changed(self.division_code, |code| code.parse::<DivisionCode>());
        let division = faults.take_if("/division_code", division);
        let address = faults.take_if("/address", changed(self.address, |text| Text::new(&text)));
        let remark = faults.take_if("/remark", changed(self.remark, |text| Text::new(&text)));
        let place = match &self.place {
            Some(Some(place)) => place.parse(&mut faults, "/place").map(Some).map(Some),
            Some(None) => Some(Some(None)),
            None => Some(None),
        };
        let command = (|| {
            Some(commands::UpdateDepot {
                id,
                based_on,
                name: name?,
                name_en: name_en?,
                level: level?,
                operation: operation?,
                division: division?,
                address: address?,
                place: place?,
                remark: remark?,
                profile: self.profile,
            })
        })();
        faults.finish(command)
    }
}

// Parses what a member of a change holds, if it is there and not null.
fn changed<S, T, E>(
    member: Option<Option<S>>,
    parse: impl FnOnce(S) -> Result<T, E>,
) -> Option<Result<Option<T>, E>> {
    member.map(|value| value.map(parse).transpose())
}

/// A change of a depot's state.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeDepotStateBody {
    /// `operating`, `saturated` or `paused`; `closed` is refused and told how an empty depot closes.
    #[schema(
        max_length = 16,
        pattern = "^(operating|saturated|paused|closed)$",
        examples("saturated")
    )]
    state: String,
    /// Why, for those who find the depot so.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl ChangeDepotStateBody {
    pub(crate) fn parse(self, id: Id<Depot>) -> Result<commands::ChangeDepotState, Problem> {
        let mut faults = Faults::default();
        let reason = faults.take("/reason", Text::new(&self.reason));
        let to = match faults.take("/state", self.state.parse()) {
            // Whether a depot is empty only its stock can tell.
            Some(DepotState::Closed) => {
                let fault: Result<DepotState, _> = Err(Fault::new(
                    "choice",
                    format!("关闭须确认已无库存，请用 POST /v1/depots/{id}/close"),
                    format!("only an empty depot closes: use POST /v1/depots/{id}/close"),
                ));
                faults.take("/state", fault)
            }
            state => state,
        };
        let command = to
            .zip(reason)
            .map(|(to, reason)| commands::ChangeDepotState { id, to, reason });
        faults.finish(command)
    }
}

/// Which depots to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DepotFilter {
    /// A part of the name, or the beginning of the code.
    #[param(min_length = 1, max_length = 100)]
    pub(crate) q: Option<String>,
    /// Kept by this organisation or one below it.
    #[param(value_type = Option<String>, pattern = "^org_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    pub(crate) organisation_id: Option<Id<Organisation>>,
    /// In this division or one inside it.
    #[param(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    pub(crate) division_code: Option<String>,
    /// Of this level.
    #[param(
        max_length = 16,
        pattern = "^(national|provincial|municipal|county|township)$"
    )]
    pub(crate) level: Option<String>,
    /// Run like this.
    #[param(max_length = 16, pattern = "^(own|partner|storage_point|supplier)$")]
    pub(crate) operation: Option<String>,
    /// In this state.
    #[param(max_length = 16, pattern = "^(operating|saturated|paused|closed)$")]
    pub(crate) state: Option<String>,
    /// Degrees east of a point; with `latitude` and `radius_km`, the list holds the depots near it,
    /// nearest first.
    #[param(minimum = -180, maximum = 180)]
    pub(crate) longitude: Option<f64>,
    /// Degrees north of a point, -90 to 90.
    #[param(minimum = -180, maximum = 180)]
    pub(crate) latitude: Option<f64>,
    /// How far round the point to look, along the great circle.
    #[param(minimum = 0.01, maximum = 2000)]
    pub(crate) radius_km: Option<f64>,
    /// The datum of the point: `wgs84` if absent.
    #[param(max_length = 8, pattern = "^(wgs84|gcj02|bd09)$")]
    pub(crate) crs: Option<String>,
}

#[cfg(test)]
mod tests;
