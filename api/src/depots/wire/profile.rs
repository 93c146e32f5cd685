//! The profile of a depot, on the wire and in the table.
//!
//! **Invariant.** Absent or null means "not known", never "no" and never zero. The same shape is
//! read, kept as JSON and shown.

use chrono::NaiveDate;
use domain::{
    depots::{Contact, Equipment, ProfileError, ProfileFacts},
    kernel::Text,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    http::Whole,
    problem::{Fault, Faults, Problem},
};

/// What is known about a depot's building, people and upkeep. Whatever is absent is not known.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DepotProfile {
    /// Floor area for storage, at most two decimals.
    #[schema(minimum = 1, maximum = 1000000)]
    storage_area_m2: Option<f64>,
    /// Floor area of everything, at most two decimals.
    #[schema(minimum = 1, maximum = 1000000)]
    total_area_m2: Option<f64>,
    /// Clear height under the lowest beam, at most two decimals.
    #[schema(minimum = 1, maximum = 50)]
    clear_height_m: Option<f64>,
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 20)]
    storeys: Option<Whole>,
    /// What can be stored, at most two decimals.
    #[schema(minimum = 1, maximum = 10000000)]
    capacity_m3: Option<f64>,
    /// What can be handed out in an hour with the people and equipment there, at most two decimals.
    /// Plans with `horizon_h` count with it.
    #[schema(minimum = 1, maximum = 10000)]
    handling_m3_per_h: Option<f64>,
    /// Posts filled with people who keep the depot.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1000)]
    staff_posts: Option<Whole>,
    /// Handling, fire and office equipment.
    #[schema(max_items = 100)]
    equipment: Vec<DepotEquipment>,
    /// As people say them.
    #[schema(
        min_length = 1,
        max_length = 200,
        examples("周一至周五 8:30–17:00，应急 24 小时")
    )]
    opening_hours: Option<String>,
    /// Whom to call.
    #[schema(max_items = 20)]
    contacts: Vec<DepotContact>,
    /// The last fire check; due monthly.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    fire_check_on: Option<NaiveDate>,
    /// The last fire training; due every half year.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    fire_training_on: Option<NaiveDate>,
    /// The last fire drill; due yearly.
    #[schema(value_type = Option<String>, format = Date, max_length = 10)]
    fire_drill_on: Option<NaiveDate>,
    /// Whether it stands above the highest recorded flood level.
    above_flood_level: Option<bool>,
    /// Whether heavy lorries get in both ways.
    heavy_lorry_access: Option<bool>,
    /// Whether it has a network connection.
    networked: Option<bool>,
    /// Anything else.
    #[schema(min_length = 1, max_length = 2000)]
    notes: Option<String>,
}

/// Equipment of one kind.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepotEquipment {
    #[schema(min_length = 1, max_length = 64, examples("叉车"))]
    name: String,
    #[schema(value_type = i64, minimum = 1, maximum = 100000)]
    count: Whole,
}

/// A person to call.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepotContact {
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// Digits, spaces and `+ - ( ) #`.
    #[schema(
        min_length = 1,
        max_length = 32,
        pattern = "^[0-9 +()#-]*[0-9][0-9 +()#-]*$"
    )]
    phone: String,
    #[schema(min_length = 1, max_length = 64, examples("库管员"))]
    duty: Option<String>,
}

impl DepotContact {
    pub(crate) fn parse(&self) -> Result<Contact, Fault> {
        Ok(Contact {
            name: Text::new(&self.name)?,
            phone: Text::new(&self.phone)?,
            duty: self.duty.as_deref().map(Text::new).transpose()?,
        })
    }
}

impl From<&Contact> for DepotContact {
    fn from(contact: &Contact) -> Self {
        Self {
            name: contact.name.to_string(),
            phone: contact.phone.to_string(),
            duty: contact.duty.as_ref().map(Text::to_string),
        }
    }
}

impl DepotProfile {
    /// Reads the numbers and texts; what they mean together is the domain's to check.
    pub(crate) fn parse(&self, faults: &mut Faults) -> Option<ProfileFacts> {
        let at = |name: &str| format!("/profile/{name}");
        let mut measure =
            |name: &str, number: Option<f64>| faults.take_if(at(name), number.map(decimal));
        let storage_area_m2 = measure("storage_area_m2", self.storage_area_m2);
        let total_area_m2 = measure("total_area_m2", self.total_area_m2);
        let clear_height_m = measure("clear_height_m", self.clear_height_m);
        let capacity_m3 = measure("capacity_m3", self.capacity_m3);
        let handling_m3_per_h = measure("handling_m3_per_h", self.handling_m3_per_h);
        let storeys = faults.take_if(at("storeys"), self.storeys.map(count));
        let staff_posts = faults.take_if(at("staff_posts"), self.staff_posts.map(count));
        let hours = self.opening_hours.as_deref().map(Text::new);
        let opening_hours = faults.take_if(at("opening_hours"), hours);
        let notes = faults.take_if(at("notes"), self.notes.as_deref().map(Text::paragraphs));
        let equipment = faults.take_each(&at("equipment"), &self.equipment, |entry| {
            Ok::<_, Fault>(Equipment {
                name: Text::new(&entry.name)?,
                count: count(entry.count)?,
            })
        });
        let contacts = faults.take_each(&at("contacts"), &self.contacts, DepotContact::parse);
        Some(ProfileFacts {
            storage_area_m2: storage_area_m2?,
            total_area_m2: total_area_m2?,
            clear_height_m: clear_height_m?,
            storeys: storeys?,
            capacity_m3: capacity_m3?,
            handling_m3_per_h: handling_m3_per_h?,
            staff_posts: staff_posts?,
            equipment: equipment?,
            opening_hours: opening_hours?,
            contacts: contacts?,
            fire_check_on: self.fire_check_on,
            fire_training_on: self.fire_training_on,
            fire_drill_on: self.fire_drill_on,
            above_flood_level: self.above_flood_level,
            heavy_lorry_access: self.heavy_lorry_access,
            networked: self.networked,
            notes: notes?,
        })
    }
}

// A float is written with the fewest digits that tell it apart, which are those that were typed.
fn decimal(number: f64) -> Result<Decimal, Fault> {
    number
        .to_string()
        .parse()
        .map_err(|_| Fault::new("out-of-range", "数值过大", "the number is too large"))
}

fn count(Whole(number): Whole) -> Result<u32, Fault> {
    u32::try_from(number).map_err(|error| Fault::new("out-of-range", "数值过大", error.to_string()))
}

impl From<&ProfileFacts> for DepotProfile {
    fn from(facts: &ProfileFacts) -> Self {
        // At most two decimals below 10^7: a float holds them.
        let float = |decimal: Option<Decimal>| decimal.and_then(|d| d.to_string().parse().ok());
        let whole = |count: Option<u32>| count.map(|count| Whole(count.into()));
        Self {
            storage_area_m2: float(facts.storage_area_m2),
            total_area_m2: float(facts.total_area_m2),
            clear_height_m: float(facts.clear_height_m),
            storeys: whole(facts.storeys),
            capacity_m3: float(facts.capacity_m3),
            handling_m3_per_h: float(facts.handling_m3_per_h),
            staff_posts: whole(facts.staff_posts),
            equipment: facts
                .equipment
                .iter()
                .map(|entry| DepotEquipment {
                    name: entry.name.to_string(),
                    count: Whole(entry.count.into()),
                })
                .collect(),
            opening_hours: facts.opening_hours.as_ref().map(Text::to_string),
            contacts: facts.contacts.iter().map(DepotContact::from).collect(),
            fire_check_on: facts.fire_check_on,
            fire_training_on: facts.fire_training_on,
            fire_drill_on: facts.fire_drill_on,
            above_flood_level: facts.above_flood_level,
            heavy_lorry_access: facts.heavy_lorry_access,
            networked: facts.networked,
            notes: facts.notes.as_ref().map(Text::to_string),
        }
    }
}

/// Lays a change over the profile that is kept: a member that is null goes, one that is absent
/// stays, a list takes the place of the one before (RFC 7396).
pub(crate) fn merged(kept: &str, change: &Map<String, Value>) -> Result<DepotProfile, Problem> {
    let mut profile: Map<String, Value> = serde_json::from_str(kept).map_err(Problem::internal)?;
    for (name, value) in change {
        if value.is_null() {
            profile.remove(name);
        } else {
            profile.insert(name.clone(), value.clone());
        }
    }
    serde_json::from_value(Value::Object(profile)).map_err(|error| {
        let message = error.to_string();
        Problem::field(
            "/profile",
            "format",
            format!("无法解析：{message}"),
            message,
        )
    })
}

/// Notes everything that the domain found wrong, each at its field.
pub(crate) fn profile_faults(faults: &mut Faults, errors: &[ProfileError]) {
    for error in errors {
        let (place, code, zh) = match *error {
            ProfileError::OutOfRange { field, least, most } => {
                let zh = format!("须在 {least} 到 {most} 之间");
                (field.to_string(), "out-of-range", zh)
            }
            ProfileError::TooFine { field } => {
                (field.to_string(), "precision", "最多两位小数".to_owned())
            }
            ProfileError::StorageAboveTotal => {
                let zh = "仓储面积不得大于总面积".to_owned();
                ("storage_area_m2".to_owned(), "relation", zh)
            }
            ProfileError::TooMany { field, most } => {
                (field.to_string(), "length", format!("最多 {most} 项"))
            }
            ProfileError::EquipmentCount { position, most } => {
                let zh = format!("数量须在 1 到 {most} 之间");
                (format!("equipment/{position}/count"), "out-of-range", zh)
            }
            ProfileError::Phone { position } => {
                let zh = "电话只可含数字、空格和 + - ( ) #".to_owned();
                (format!("contacts/{position}/phone"), "format", zh)
            }
            ProfileError::InFuture { field } => {
                (field.to_string(), "future", "日期尚未到来".to_owned())
            }
        };
        faults.note(format!("/profile/{place}"), code, zh, error.to_string());
    }
}

#[cfg(test)]
mod tests {
    use domain::depots::Profile;
    use serde_json::json;

    use super::*;

    fn facts(body: Value) -> ProfileFacts {
        let profile: DepotProfile = serde_json::from_value(body).unwrap();
        let mut faults = Faults::default();
        let facts = profile.parse(&mut faults);
        faults.finish(facts).unwrap()
    }

    #[test]
    fn a_profile_comes_back_as_it_was_written() {
        let body = json!({
            "storage_area_m2": 1028.55, "total_area_m2": 2000.0, "clear_height_m": 6.1,
            "storeys": 2, "capacity_m3": 5000.0, "handling_m3_per_h": 12.5,
            "staff_posts": 0,
            "equipment": [{ "name": "叉车", "count": 2 }],
            "opening_hours": "8:30-17:00",
            "contacts": [{ "name": "值班室", "phone": "0571-8888 0000", "duty": null }],
            "fire_check_on": "2026-11-01", "fire_training_on": null, "fire_drill_on": null,
            "above_flood_level": true, "heavy_lorry_access": false, "networked": null,
            "notes": "两栋\n相连"
        });
        let shown = DepotProfile::from(&facts(body.clone()));
        assert_eq!(serde_json::to_value(shown).unwrap(), body);
        assert_eq!(facts(json!({})), ProfileFacts::default());
    }

    #[test]
    fn what_the_domain_finds_is_told_at_its_field() {
        let check = |body: Value, expected: &[(&str, &str)]| {
            let today = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
            let errors = Profile::new(facts(body), today).unwrap_err();
            let mut faults = Faults::default();
            profile_faults(&mut faults, &errors);
            let found = faults.finish(None::<()>).unwrap_err().faults;
            let found: Vec<_> = found
                .iter()
                .map(|fault| (fault.pointer.as_str(), fault.code))
                .collect();
            assert_eq!(found, expected);
        };
        check(
            json!({ "clear_height_m": 6.125, "fire_drill_on": "2026-11-04" }),
            &[
                ("/profile/clear_height_m", "precision"),
                ("/profile/fire_drill_on", "future"),
            ],
        );
        check(
            json!({ "storage_area_m2": 400, "total_area_m2": 399.99 }),
            &[("/profile/storage_area_m2", "relation")],
        );
        check(
            json!({ "contacts": [{ "name": "x", "phone": "1" }, { "name": "y", "phone": "--" }] }),
            &[("/profile/contacts/1/phone", "format")],
        );
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let kept = json!({ "storeys": 2, "networked": true }).to_string();
        let change = json!({ "storeys": null, "staff_posts": 3 });
        let Value::Object(change) = change else {
            panic!("an object")
        };
        let merged = serde_json::to_value(merged(&kept, &change).unwrap()).unwrap();
        assert_eq!(merged["storeys"], Value::Null);
        assert_eq!(merged["networked"], true);
        assert_eq!(merged["staff_posts"], 3);
    }
}
