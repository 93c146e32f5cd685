//! What the kits of the demonstration hold, as far as it is reported.
//!
//! **Invariant.** Each list is a version that the data steward puts in force through the API. A
//! kit of which no source names the contents has none.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::{
    desk::{Desk, Names},
    society::read,
};

const CONTENTS: &str = include_str!("../../data/demo/kit-contents.csv");

#[derive(Debug, Deserialize)]
struct Content {
    kit: String,
    people: Option<u32>,
    days: Option<u32>,
    item: String,
    quantity: u64,
}

/// The codes of the kits and of what they hold.
pub(super) fn items() -> anyhow::Result<impl Iterator<Item = String>> {
    let contents: Vec<Content> = read(CONTENTS)?;
    let codes = contents.into_iter();
    Ok(codes.flat_map(|content| [content.kit, content.item]))
}

/// Puts the first version of each list in force.
pub(super) async fn make(desk: &Desk, names: &Names) -> anyhow::Result<()> {
    let mut kits: BTreeMap<String, Vec<Content>> = BTreeMap::new();
    for content in read::<Content>(CONTENTS)? {
        kits.entry(content.kit.clone()).or_default().push(content);
    }
    for (kit, contents) in kits {
        let lines: Vec<_> = contents
            .iter()
            .map(|content| {
                let item = names.item(&content.item)?;
                Ok(json!({ "item_id": item, "quantity": content.quantity }))
            })
            .collect::<anyhow::Result<_>>()?;
        let version = json!({
            "contents": lines, "people": contents[0].people, "days": contents[0].days,
        });
        let path = format!("/v1/items/{}/kit-versions", names.item(&kit)?);
        desk.steward.post(&path, version).await?;
    }
    Ok(())
}
