//! What is known about a depot's building, people and upkeep: the facts that rating reads
//! (RULES §8.1, §8.4).
//!
//! **Invariant.** Every fact is optional, because "not known" is not "no" and not zero. A fact that
//! is there lies in its stated range.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::kernel::{Text, named};

/// A person to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name.
    pub name: Text<64>,
    /// The telephone number: digits, spaces, `+`, `-`, `(`, `)` and `#`, at most 32 characters.
    pub phone: Text<32>,
    /// The duty: 库管员, 值班, 负责人.
    pub duty: Option<Text<64>>,
}

/// Whether a telephone can dial it: digits, with blanks, `+`, `-`, `(`, `)` and `#` between them.
#[must_use]
pub fn can_be_dialled(phone: &str) -> bool {
    let dialled = |character: char| character.is_ascii_digit() || " +-()#".contains(character);
    phone.chars().all(dialled) && phone.contains(|c: char| c.is_ascii_digit())
}

/// Equipment of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment {
    /// What it is: 叉车, 托盘, 除湿机.
    pub name: Text<64>,
    /// How many: 1 to 100,000.
    pub count: u32,
}

/// The facts as they were put down, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileFacts {
    /// Floor area for storage in square metres: 1 to 1,000,000, two decimals.
    pub storage_area_m2: Option<Decimal>,
    /// Floor area of everything in square metres: 1 to 1,000,000, two decimals.
    pub total_area_m2: Option<Decimal>,
    /// Clear height under the lowest beam in metres: 1 to 50, two decimals.
    pub clear_height_m: Option<Decimal>,
    /// Storeys: 1 to 20.
    pub storeys: Option<u32>,
    /// What can be stored, in cubic metres: 1 to 10,000,000, two decimals.
    pub capacity_m3: Option<Decimal>,
    /// What can be handed out in an hour with the people and equipment there, in cubic metres: 1 to
    /// 10,000, two decimals.
    pub handling_m3_per_h: Option<Decimal>,
    /// Posts filled with people who keep the depot: 0 to 1,000.
    pub staff_posts: Option<u32>,
    /// Handling, fire and office equipment: at most 100 kinds. Empty when none is known.
    pub equipment: Vec<Equipment>,
    /// Opening hours as people say them.
    pub opening_hours: Option<Text<200>>,
    /// Whom to call: at most 20.
    pub contacts: Vec<Contact>,
    /// The last fire check; due monthly (RULES 3.12).
    pub fire_check_on: Option<NaiveDate>,
    /// The last fire training; due every half year (RULES 3.12).
    pub fire_training_on: Option<NaiveDate>,
    /// The last fire drill; due yearly (RULES 3.12).
    pub fire_drill_on: Option<NaiveDate>,
    /// Whether it stands above the highest recorded flood level (RULES §2.2).
    pub above_flood_level: Option<bool>,
    /// Whether heavy lorries get in both ways (RULES §2.3).
    pub heavy_lorry_access: Option<bool>,
    /// Whether it has a network connection (RULES 1.10).
    pub networked: Option<bool>,
    /// Anything else.
    pub notes: Option<Text<2000>>,
}

named! {
    /// A field of the profile that can be wrong.
    pub enum Field {
        /// [`ProfileFacts::storage_area_m2`].
        StorageAreaM2 = "storage_area_m2",
        /// [`ProfileFacts::total_area_m2`].
        TotalAreaM2 = "total_area_m2",
        /// [`ProfileFacts::clear_height_m`].
        ClearHeightM = "clear_height_m",
        /// [`ProfileFacts::storeys`].
        Storeys = "storeys",
        /// [`ProfileFacts::capacity_m3`].
        CapacityM3 = "capacity_m3",
        /// [`ProfileFacts::handling_m3_per_h`].
        HandlingM3PerH = "handling_m3_per_h",
        /// [`ProfileFacts::staff_posts`].
        StaffPosts = "staff_posts",
        /// [`ProfileFacts::equipment`].
        Equipment = "equipment",
        /// [`ProfileFacts::contacts`].
        Contacts = "contacts",
        /// [`ProfileFacts::fire_check_on`].
        FireCheckOn = "fire_check_on",
        /// [`ProfileFacts::fire_training_on`].
        FireTrainingOn = "fire_training_on",
        /// [`ProfileFacts::fire_drill_on`].
        FireDrillOn = "fire_drill_on",
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A number outside its range.
    #[error("{field} is {least} to {most}")]
    OutOfRange {
        /// The field.
        field: Field,
        /// The least value allowed.
        least: u32,
        /// The greatest value allowed.
        most: u32,
    },
    /// More than two decimals: finer than anyone measures, and it would have to be rounded.
    #[error("{field} has at most two decimals")]
    TooFine {
        /// The field.
        field: Field,
    },
    /// More storage than there is floor.
    #[error("the storage area is part of the total area")]
    StorageAboveTotal,
    /// A list longer than allowed.
    #[error("{field} has at most {most} entries")]
    TooMany {
        /// The field.
        field: Field,
        /// The most entries allowed.
        most: usize,
    },
    /// A count of equipment outside its range.
    #[error("entry {position} of the equipment counts 1 to {most} pieces")]
    EquipmentCount {
        /// Which entry, from 0.
        position: usize,
        /// The greatest count allowed.
        most: u32,
    },
    /// Something no telephone can dial.
    #[error("the telephone number of contact {position} has other characters than 0-9 + - ( ) #")]
    Phone {
        /// Which contact, from 0.
        position: usize,
    },
    /// Something that was done lies in the future.
    #[error("{field} is a day that has not come yet")]
    InFuture {
        /// The field.
        field: Field,
    },
}

const EQUIPMENT_MAX: usize = 100;
const EQUIPMENT_COUNT_MAX: u32 = 100_000;
const CONTACTS_MAX: usize = 20;

/// Facts about a depot that were checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile(ProfileFacts);

impl Profile {
    /// Checks everything and names everything that is wrong, not only the first.
    /// `today` is the day in the depot's time zone.
    ///
    /// # Errors
    /// One [`ProfileError`] for each fault, in the order of the fields.
    pub fn new(facts: ProfileFacts, today: NaiveDate) -> Result<Self, Vec<ProfileError>> {
        let mut errors = Vec::new();
        measures(&facts, &mut errors);
        lists(&facts, &mut errors);
        days(&facts, today, &mut errors);
        if errors.is_empty() {
            return Ok(Self(facts));
        }
        Err(errors)
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &ProfileFacts {
        &self.0
    }
}

fn measures(facts: &ProfileFacts, errors: &mut Vec<ProfileError>) {
    let counted = |count: Option<u32>| count.map(Decimal::from);
    for (field, value, least, most) in [
        (Field::StorageAreaM2, facts.storage_area_m2, 1, 1_000_000),
        (Field::TotalAreaM2, facts.total_area_m2, 1, 1_000_000),
        (Field::ClearHeightM, facts.clear_height_m, 1, 50),
        (Field::Storeys, counted(facts.storeys), 1, 20),
        (Field::CapacityM3, facts.capacity_m3, 1, 10_000_000),
        (Field::HandlingM3PerH, facts.handling_m3_per_h, 1, 10_000),
        (Field::StaffPosts, counted(facts.staff_posts), 0, 1_000),
    ] {
        let Some(value) = value else { continue };
        if value < Decimal::from(least) || Decimal::from(most) < value {
            errors.push(ProfileError::OutOfRange { field, least, most });
        } else if value.normalize().scale() > 2 {
            errors.push(ProfileError::TooFine { field });
        }
    }
    if let (Some(storage), Some(total)) = (facts.storage_area_m2, facts.total_area_m2)
        && storage > total
    {
        errors.push(ProfileError::StorageAboveTotal);
    }
}

fn lists(facts: &ProfileFacts, errors: &mut Vec<ProfileError>) {
    for (field, length, most) in [
        (Field::Equipment, facts.equipment.len(), EQUIPMENT_MAX),
        (Field::Contacts, facts.contacts.len(), CONTACTS_MAX),
    ] {
        if length > most {
            errors.push(ProfileError::TooMany { field, most });
        }
    }
    for (position, equipment) in facts.equipment.iter().enumerate().take(EQUIPMENT_MAX) {
        if !(1..=EQUIPMENT_COUNT_MAX).contains(&equipment.count) {
            errors.push(ProfileError::EquipmentCount {
                position,
                most: EQUIPMENT_COUNT_MAX,
            });
        }
    }
    for (position, contact) in facts.contacts.iter().enumerate().take(CONTACTS_MAX) {
        if !can_be_dialled(contact.phone.as_str()) {
            errors.push(ProfileError::Phone { position });
        }
    }
}

fn days(facts: &ProfileFacts, today: NaiveDate, errors: &mut Vec<ProfileError>) {
    for (field, day) in [
        (Field::FireCheckOn, facts.fire_check_on),
        (Field::FireTrainingOn, facts.fire_training_on),
        (Field::FireDrillOn, facts.fire_drill_on),
    ] {
        if day.is_some_and(|day| day > today) {
            errors.push(ProfileError::InFuture { field });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut ProfileFacts), expected: &[ProfileError]) {
        let mut facts = ProfileFacts::default();
        change(&mut facts);
        let today = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
        let errors = Profile::new(facts, today).err().unwrap_or_default();
        assert_eq!(errors, expected);
    }

    fn decimal(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    fn contact(phone: &str) -> Contact {
        Contact {
            name: Text::new("值班室").unwrap(),
            phone: Text::new(phone).unwrap(),
            duty: None,
        }
    }

    #[test]
    fn nothing_known_is_a_profile() {
        check(|_| (), &[]);
    }

    #[test]
    fn numbers_stay_in_their_ranges() {
        let range = |field, least, most| ProfileError::OutOfRange { field, least, most };
        let area = range(Field::StorageAreaM2, 1, 1_000_000);
        check(|facts| facts.storage_area_m2 = decimal("1028.50"), &[]);
        check(|facts| facts.storage_area_m2 = decimal("0"), &[area]);
        check(
            |facts| facts.storage_area_m2 = decimal("1000000.01"),
            &[area],
        );
        let fine = ProfileError::TooFine {
            field: Field::ClearHeightM,
        };
        check(|facts| facts.clear_height_m = decimal("6.125"), &[fine]);
        check(|facts| facts.clear_height_m = decimal("6.500"), &[]);
        check(
            |facts| facts.clear_height_m = decimal("-6"),
            &[range(Field::ClearHeightM, 1, 50)],
        );
        check(
            |facts| facts.storeys = Some(0),
            &[range(Field::Storeys, 1, 20)],
        );
        check(|facts| facts.staff_posts = Some(0), &[]);
        check(
            |facts| facts.staff_posts = Some(1_001),
            &[range(Field::StaffPosts, 0, 1_000)],
        );
        check(
            |facts| facts.handling_m3_per_h = decimal("10000.5"),
            &[range(Field::HandlingM3PerH, 1, 10_000)],
        );
        check(|facts| facts.handling_m3_per_h = decimal("12.5"), &[]);
        check(
            |facts| facts.capacity_m3 = decimal("0.5"),
            &[range(Field::CapacityM3, 1, 10_000_000)],
        );
    }

    #[test]
    fn storage_is_part_of_the_floor() {
        check(
            |facts| {
                facts.storage_area_m2 = decimal("400");
                facts.total_area_m2 = decimal("399.99");
            },
            &[ProfileError::StorageAboveTotal],
        );
    }

    #[test]
    fn lists_are_bounded_and_their_entries_checked() {
        let forklift = |count| Equipment {
            name: Text::new("叉车").unwrap(),
            count,
        };
        let count = |position| ProfileError::EquipmentCount {
            position,
            most: 100_000,
        };
        check(
            |facts| facts.equipment = vec![forklift(2), forklift(0)],
            &[count(1)],
        );
        let many = ProfileError::TooMany {
            field: Field::Equipment,
            most: 100,
        };
        check(|facts| facts.equipment = vec![forklift(1); 101], &[many]);
        let bad = |position| ProfileError::Phone { position };
        check(
            |facts| facts.contacts = vec![contact("0571-8888 0000"), contact("+86 (571) 1#2")],
            &[],
        );
        check(
            |facts| facts.contacts = vec![contact("12345"), contact("微信"), contact("--")],
            &[bad(1), bad(2)],
        );
    }

    #[test]
    fn what_was_done_was_not_done_tomorrow() {
        let tomorrow = NaiveDate::from_ymd_opt(2026, 11, 4);
        let future = |field| ProfileError::InFuture { field };
        check(
            |facts| facts.fire_check_on = tomorrow,
            &[future(Field::FireCheckOn)],
        );
        check(
            |facts| facts.fire_check_on = NaiveDate::from_ymd_opt(2026, 11, 3),
            &[],
        );
        // All faults are named at once.
        check(
            |facts| {
                facts.storeys = Some(21);
                facts.fire_training_on = tomorrow;
                facts.fire_drill_on = tomorrow;
            },
            &[
                ProfileError::OutOfRange {
                    field: Field::Storeys,
                    least: 1,
                    most: 20,
                },
                future(Field::FireTrainingOn),
                future(Field::FireDrillOn),
            ],
        );
    }
}
