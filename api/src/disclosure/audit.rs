//! Statements measured against the ledger (I3).
//!
//! **Invariant.** What was written down is what was digested, it balances, the ledger still says the
//! same of that place of the journal, and no gift counts as published but by a statement that tells of
//! its receipt.

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::{Id, kinds};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    clock::day_at_depots,
    problem::Problem,
    scope::Scope,
    verify::{Finding, NAMED_MAX},
};

use super::{
    queries,
    rows::statement,
    wire::{LotFiguresView, StatementContent, digest_of},
};

// So many contents are in memory at once.
const AT_ONCE: u64 = 20;

/// Checks statements, the prepared ones too.
pub(crate) async fn statements(snapshot: &DatabaseTransaction) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let mut after = None;
    loop {
        let rows = queries::all_of(snapshot, after, AT_ONCE).await?;
        let Some(last) = rows.last() else {
            return Ok(findings);
        };
        after = Some(last.id);
        for row in rows {
            let Some(what) = fault(snapshot, &row).await? else {
                continue;
            };
            if findings.len() == NAMED_MAX {
                findings.push(Finding::new("I3", "… and more of the same"));
                return Ok(findings);
            }
            let id: Id<kinds::Statement> = Id::from_uuid(row.id);
            findings.push(Finding::new("I3", format!("{id} {what}")));
        }
    }
}

async fn fault(
    db: &impl ConnectionTrait,
    row: &statement::Model,
) -> Result<Option<String>, Problem> {
    if digest_of(&row.content) != row.digest {
        return Ok(Some("does not say what was digested".to_owned()));
    }
    let Ok(said) = serde_json::from_str::<StatementContent>(&row.content) else {
        return Ok(Some("cannot be read".to_owned()));
    };
    if let Some(line) = said.lines.iter().find(|line| line.figures.read().is_err()) {
        return Ok(Some(format!("does not balance for {}", line.lot_id)));
    }
    let asked = queries::asked_of(row)?;
    let Ok(now) = queries::content(db, &Scope::Everything, &asked, row.until_at).await else {
        return Ok(Some("cannot be asked of the ledger again".to_owned()));
    };
    if spoken(&said) != spoken(&now) {
        return Ok(Some("does not say what the ledger says".to_owned()));
    }
    let told: BTreeSet<_> = queries::gifts_told(db, &said).await?.into_iter().collect();
    let published_on = row.ended_at.filter(|_| row.state == "published");
    let day = published_on.map(|at| day_at_depots(at).to_string());
    let disclosed = queries::disclosed_by(db, row.id).await?;
    if disclosed
        .iter()
        .all(|(gift, on)| told.contains(gift) && Some(on) == day.as_ref())
    {
        return Ok(None);
    }
    Ok(Some(
        "did not publish the gifts that it is said to have published".to_owned(),
    ))
}

type Issued = BTreeMap<(Id<kinds::Lot>, Option<Id<kinds::Incident>>), i64>;

// The figures, without any name. In which township a site lies may be told better later.
fn spoken(content: &StatementContent) -> (BTreeMap<Id<kinds::Lot>, &LotFiguresView>, Issued) {
    let lines = content.lines.iter();
    let mut issued = Issued::new();
    for place in &content.places {
        *issued.entry((place.lot_id, place.incident_id)).or_default() += place.quantity;
    }
    (
        lines.map(|line| (line.lot_id, &line.figures)).collect(),
        issued,
    )
}
