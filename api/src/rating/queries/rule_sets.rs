//! Rule sets, shipped and kept.
//!
//! **Invariant.** A rule set is checked again whenever it is read; one that was kept and does not
//! pass is a fault of ours.

use domain::rating::RuleSet;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use crate::{
    http::{Page, PageQuery},
    problem::Problem,
    rating::builtin,
    scope::reference,
};

use super::super::{
    rows::rule_set::{Column, Entity, Model},
    wire::{RuleSetDocument, RuleSetView, RuleSetWhole},
};

/// The rule set of this name, or the one that is shipped where none is named; a name that leads
/// nowhere is a fault of the parameter `rule_set`.
pub(crate) async fn rule_set(
    db: &impl ConnectionTrait,
    name: Option<&str>,
) -> Result<RuleSet, Problem> {
    let name = name.unwrap_or(builtin::DEFAULT);
    if let Some((_, known)) = shipped(name)? {
        return Ok(known.clone());
    }
    let found = kept(db, name).await.map_err(|problem| {
        problem.named_at("rule_set", "没有这套评定规则", "there is no such rule set")
    })?;
    found.read()?.check().map_err(Problem::internal)
}

fn shipped(name: &str) -> Result<Option<&'static (RuleSetDocument, RuleSet)>, Problem> {
    let mut all = builtin::all()?.iter();
    Ok(all.find(|(_, rule_set)| rule_set.name() == name))
}

// `code/edition`.
fn parts(name: &str) -> Result<(&str, i64), Problem> {
    let (code, edition) = name.rsplit_once('/').ok_or_else(Problem::not_found)?;
    let edition = edition.parse().map_err(|_| Problem::not_found())?;
    Ok((code, edition))
}

async fn kept(db: &impl ConnectionTrait, name: &str) -> Result<Model, Problem> {
    let (code, edition) = parts(name)?;
    reference::<Entity>()
        .filter(Column::Code.eq(code))
        .filter(Column::Edition.eq(edition))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A rule set that is kept and is going to be changed; one that is shipped never is.
pub(in crate::rating) async fn rule_set_row_to_change(
    db: &impl ConnectionTrait,
    name: &str,
) -> Result<Model, Problem> {
    let (code, edition) = parts(name)?;
    reference::<Entity>()
        .filter(Column::Code.eq(code))
        .filter(Column::Edition.eq(edition))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// A rule set with all that it asks, or not found.
pub(in crate::rating) async fn rule_set_whole(
    db: &impl ConnectionTrait,
    name: &str,
) -> Result<RuleSetWhole, Problem> {
    if let Some((document, _)) = shipped(name)? {
        return Ok(RuleSetWhole::new(document.clone(), None));
    }
    let row = kept(db, name).await?;
    Ok(RuleSetWhole::new(row.read()?, Some(&row)))
}

/// A page of rule sets by name, the shipped ones among them. One statement: a society has tens of
/// them.
pub(in crate::rating) async fn rule_sets(
    db: &impl ConnectionTrait,
    page: &PageQuery,
) -> Result<Page<RuleSetView>, Problem> {
    let rows = reference::<Entity>().all(db).await?;
    let mut views = rows
        .iter()
        .map(|row| Ok(RuleSetView::new(&row.read()?, Some(row))))
        .collect::<Result<Vec<_>, Problem>>()?;
    let shipped = builtin::all()?.iter();
    views.extend(shipped.map(|(document, _)| RuleSetView::new(document, None)));
    views.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(cursor) = page.cursor("")? {
        views.retain(|view| view.name.as_str() > cursor.key());
    }
    let place = |view: &RuleSetView| (view.name.clone(), Uuid::nil());
    Ok(Page::cut(views, page, "", place, |view| view))
}

impl Model {
    pub(in crate::rating) fn read(&self) -> Result<RuleSetDocument, Problem> {
        serde_json::from_str(&self.document).map_err(Problem::internal)
    }
}
