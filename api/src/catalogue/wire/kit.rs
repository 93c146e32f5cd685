//! Contents of kits on the wire.
//!
//! **Invariant.** What is wrong with a list is told at the line that is wrong.

use chrono::{DateTime, Utc};
use domain::{
    catalogue::{KitContents, KitError},
    kernel::{
        Id, Quantity,
        kinds::{Item, KitVersion},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    catalogue::{commands, rows},
    http::Whole,
    problem::{Faults, Problem},
};

/// An item in a kit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KitContent {
    #[schema(value_type = String, pattern = "^item_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 40)]
    pub(crate) item_id: Id<Item>,
    /// Base units of the item in one kit.
    #[schema(value_type = i64, minimum = 1, maximum = 1000000000000_i64)]
    pub(crate) quantity: Whole,
}

/// A new version of what a kit holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKitVersionBody {
    /// Made by the client if it likes.
    #[schema(value_type = Option<String>, pattern = "^kit_[0-7][0-9a-hjkmnp-tv-z]{25}$", max_length = 30)]
    id: Option<Id<KitVersion>>,
    /// Each item once, and never the kit itself.
    #[schema(min_items = 1, max_items = 200)]
    contents: Vec<KitContent>,
    /// How many people one kit serves, where that is known.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10000)]
    people: Option<Whole>,
    /// For how many days, where that is known.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 3650)]
    days: Option<Whole>,
}

impl CreateKitVersionBody {
    pub(crate) fn parse(self, kit: Id<Item>) -> Result<commands::CreateKitVersion, Problem> {
        let mut faults = Faults::default();
        let quantity = |line: &KitContent| Quantity::new(line.quantity.0);
        let quantities: Vec<_> = self
            .contents
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let quantity =
                    faults.take(format!("/contents/{index}/quantity"), quantity(line))?;
                Some((line.item_id, quantity))
            })
            .collect();
        let lines: Option<Vec<_>> = quantities.into_iter().collect();
        // The contract keeps both within 10,000; what would not fit is out of range below as well.
        let count = |Whole(number): Whole| u32::try_from(number).unwrap_or(u32::MAX);
        let contents = lines.and_then(|lines| {
            KitContents::new(kit, &lines, self.people.map(count), self.days.map(count))
                .map_err(|error| note_contents(&mut faults, kit, &self.contents, error))
                .ok()
        });
        let order = self.contents.iter().map(|line| line.item_id).collect();
        let command = contents.map(|contents| commands::CreateKitVersion {
            id: self.id,
            contents,
            order,
        });
        faults.finish(command)
    }
}

fn note_contents(faults: &mut Faults, kit: Id<Item>, lines: &[KitContent], error: KitError) {
    let last_of = |item: Id<Item>| {
        let index = lines.iter().rposition(|line| line.item_id == item);
        format!("/contents/{}/item_id", index.unwrap_or_default())
    };
    let (pointer, code, zh) = match error {
        KitError::Empty => ("/contents".to_owned(), "length", "套装至少含一种物资"),
        KitError::TooMany => ("/contents".to_owned(), "length", "套装至多含 200 种物资"),
        KitError::Repeated { item } => (last_of(item), "repeated", "同一物资重复列出"),
        KitError::Itself => (last_of(kit), "nested", "套装不得包含自身"),
        KitError::People => ("/people".to_owned(), "out-of-range", "须为 1 到 10000 人"),
        KitError::Days => ("/days".to_owned(), "out-of-range", "须为 1 到 3650 天"),
    };
    faults.note(pointer, code, zh, error.to_string());
}

/// A version of what a kit holds; never edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct KitVersionView {
    #[schema(value_type = String, max_length = 30)]
    pub(crate) id: Id<KitVersion>,
    /// The kit.
    #[schema(value_type = String, max_length = 40)]
    pub(crate) item_id: Id<Item>,
    /// Counts the versions of the kit, from 1; the highest is in force.
    #[schema(minimum = 1)]
    pub(crate) number: i64,
    /// How many people one kit serves.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) people: Option<i64>,
    /// For how many days.
    #[schema(minimum = 1, maximum = 3650)]
    pub(crate) days: Option<i64>,
    #[schema(max_items = 200)]
    pub(crate) contents: Vec<KitContent>,
    pub(crate) created_at: DateTime<Utc>,
}

impl KitVersionView {
    /// Puts a version together with its lines.
    pub(crate) fn new(row: rows::kit_version::Model, lines: Vec<rows::kit_content::Model>) -> Self {
        let rows::kit_version::Model {
            id,
            item_id,
            number,
            people,
            days,
            created_at,
        } = row;
        let contents = lines.into_iter().map(|line| KitContent {
            item_id: Id::from_uuid(line.item_id),
            quantity: Whole(line.quantity),
        });
        Self {
            id: Id::from_uuid(id),
            item_id: Id::from_uuid(item_id),
            number,
            people,
            days,
            contents: contents.collect(),
            created_at,
        }
    }
}
