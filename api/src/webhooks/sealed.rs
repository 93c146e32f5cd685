//! Secrets of webhooks as they are kept.
//!
//! **Invariant.** Nothing that signs lies in the database in the clear: it is sealed for its webhook
//! under the key outside. What earlier releases left in the clear is sealed when the server starts, and
//! signs until then.

use futures_util::FutureExt as _;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait as _, QueryFilter, sea_query::Query};
use uuid::Uuid;

use crate::{
    app::App,
    problem::Problem,
    scope::{Scope, visible},
    secrets::Secrets,
    uow,
};

use super::{
    rows::webhook::{Column, Entity},
    signature::PREFIX,
};

/// Seals a secret for its webhook; one that is sealed stays as it is.
pub(super) fn seal(secrets: &Secrets, webhook: Uuid, secret: &str) -> Result<String, Problem> {
    if !is_clear(secret) {
        return Ok(secret.to_owned());
    }
    let sealed = secrets.seal(webhook, secret.as_bytes());
    sealed.map_err(Problem::internal)
}

/// Opens what is kept for a webhook.
pub(super) fn open(secrets: &Secrets, webhook: Uuid, kept: &str) -> anyhow::Result<String> {
    if is_clear(kept) {
        return Ok(kept.to_owned());
    }
    Ok(String::from_utf8(secrets.unseal(webhook, kept)?)?)
}

fn is_clear(secret: &str) -> bool {
    secret.starts_with(PREFIX)
}

/// Seals what earlier releases left in the clear; answers of how many webhooks that was. Run when the
/// server starts.
pub(crate) async fn seal_what_is_clear(app: &App) -> Result<u64, Problem> {
    let clear = Condition::any()
        .add(Column::Secret.starts_with(PREFIX))
        .add(Column::SecretBefore.starts_with(PREFIX));
    let rows = visible::<Entity>(&Scope::Everything)
        .filter(clear)
        .all(app.db.latest())
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let secrets = Secrets::open(&app.config).map_err(Problem::internal)?;
    let mut changes = Vec::new();
    for row in &rows {
        let before = row.secret_before.as_deref();
        let before = before.map(|before| seal(&secrets, row.id, before));
        let mut change = Query::update();
        change
            .table(Entity)
            .value(Column::Secret, seal(&secrets, row.id, &row.secret)?)
            .value(Column::SecretBefore, before.transpose()?)
            .and_where(Column::Id.eq(row.id))
            // Somebody may have given it another one meanwhile, which is sealed.
            .and_where(Column::Secret.eq(row.secret.as_str()));
        changes.push(change);
    }
    uow::without_entry(app, move |transaction| {
        async move {
            for change in &changes {
                transaction.execute(change).await?;
            }
            Ok(true)
        }
        .boxed()
    })
    .await?;
    Ok(rows.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_sealed_opens_for_its_webhook_and_what_was_clear_does_still() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display().to_string();
        let set = [("RELIEF_DEPOT_DATA_DIRECTORY".to_owned(), place)];
        let secrets = Secrets::open(&Config::load(None, set).unwrap()).unwrap();
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let sealed = seal(&secrets, one, secret).unwrap();
        assert!(!sealed.contains("MfKQ"), "{sealed}");
        assert_eq!(seal(&secrets, one, &sealed).unwrap(), sealed);
        assert_eq!(open(&secrets, one, &sealed).unwrap(), secret);
        assert!(open(&secrets, other, &sealed).is_err());
        assert_eq!(open(&secrets, one, secret).unwrap(), secret);
    }
}
