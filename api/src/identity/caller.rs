//! Who is asking, and what that lets them do.
//!
//! **Invariant.** A `Caller` exists only for a credential that was valid at this request, or for
//! the operator at the server's own console.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    identity::{Capability, Role},
    kernel::{Id, kinds},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, sea_query::Expr,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::App,
    problem::{Code, Problem},
    scope::{Scope, reference, visible},
    storage::Reach,
};

use super::rows;

/// Tokens of sessions begin so, that a scanner for leaked secrets can find them.
pub(super) const SESSION_PREFIX: &str = "rds_";
/// API keys begin so.
pub(super) const API_KEY_PREFIX: &str = "rdk_";
// A session's last use is written down at most this often.
const USE_NOTED_EVERY_S: i64 = 60;

/// The one who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    who: Who,
    organisation: Option<Uuid>,
    grants: Vec<(Role, Uuid)>,
    session: Option<Uuid>,
    owes_second_factor: bool,
}

#[derive(Debug, Clone)]
enum Who {
    Account(Id<kinds::Account>),
    ApiKey(Id<kinds::ApiKey>),
    Operator(&'static str),
}

impl Caller {
    /// The operator at the console or a job of the server: sees and may do everything.
    pub(crate) fn operator(name: &'static str) -> Self {
        Self {
            who: Who::Operator(name),
            organisation: None,
            grants: Vec::new(),
            session: None,
            owes_second_factor: false,
        }
    }

    /// The session that a person asks by.
    pub(crate) fn session(&self) -> Option<Uuid> {
        self.session
    }

    /// Whether the account must have a second factor and the session was opened without: until one is
    /// enrolled, nothing else is answered.
    pub(crate) fn owes_second_factor(&self) -> bool {
        self.owes_second_factor
    }

    /// The name under which the journal knows the caller.
    pub(crate) fn principal(&self) -> String {
        match &self.who {
            Who::Account(id) => id.to_string(),
            Who::ApiKey(id) => id.to_string(),
            Who::Operator(name) => format!("operator:{name}"),
        }
    }

    /// The account, if a person asks.
    pub(crate) fn account(&self) -> Option<Id<kinds::Account>> {
        match self.who {
            Who::Account(id) => Some(id),
            Who::ApiKey(_) | Who::Operator(_) => None,
        }
    }

    /// The organisation that the caller belongs to.
    pub(crate) fn organisation(&self) -> Option<Uuid> {
        self.organisation
    }

    /// The roles and where they are held.
    pub(crate) fn grants(&self) -> &[(Role, Uuid)] {
        &self.grants
    }

    /// The stock and papers that the caller sees.
    pub(crate) fn scope(&self) -> Scope {
        self.reach(Capability::View)
    }

    /// The part of the tree whose organisations and people the caller knows: the subtrees of all
    /// its grants and its own organisation. An administrator knows the tree and sees no stock.
    pub(crate) fn tree(&self) -> Scope {
        if matches!(self.who, Who::Operator(_)) {
            return Scope::Everything;
        }
        let mut roots: Vec<_> = self.grants.iter().map(|(_, root)| *root).collect();
        roots.extend(self.organisation);
        roots.sort_unstable();
        roots.dedup();
        Scope::Subtrees(roots)
    }

    /// The part of the tree over which the caller holds `capability`.
    pub(crate) fn reach(&self, capability: Capability) -> Scope {
        if matches!(self.who, Who::Operator(_)) {
            return Scope::Everything;
        }
        let roots = self
            .grants
            .iter()
            .filter(|(role, _)| role.may(capability))
            .map(|(_, root)| *root)
            .collect();
        Scope::Subtrees(roots)
    }

    /// How far the database is to let the caller see; `None` for everything.
    pub(crate) fn reaches(&self) -> Option<Reach> {
        match (self.scope(), self.tree()) {
            (Scope::Subtrees(sees), Scope::Subtrees(knows)) => Some(Reach { sees, knows }),
            _ => None,
        }
    }

    /// Refuses unless the caller holds `capability` over `organisation`.
    pub(crate) async fn require(
        &self,
        db: &impl ConnectionTrait,
        capability: Capability,
        organisation: Uuid,
    ) -> Result<(), Problem> {
        if self.reach(capability).contains(db, organisation).await? {
            Ok(())
        } else {
            Err(Problem::forbidden(capability))
        }
    }

    /// Refuses unless the caller holds `capability` somewhere.
    pub(crate) fn require_anywhere(&self, capability: Capability) -> Result<(), Problem> {
        match self.reach(capability) {
            Scope::Subtrees(roots) if roots.is_empty() => Err(Problem::forbidden(capability)),
            Scope::Subtrees(_) | Scope::Everything => Ok(()),
        }
    }

    /// Refuses everyone but the operator.
    pub(crate) fn require_operator(&self) -> Result<(), Problem> {
        match self.who {
            Who::Operator(_) => Ok(()),
            Who::Account(_) | Who::ApiKey(_) => {
                Err(Problem::new(Code::Forbidden).with("capability", "operator"))
            }
        }
    }
}

/// The hash under which a token is kept. Tokens have 256 random bits, so a plain hash is enough.
pub(super) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Finds the caller that a token belongs to.
pub(crate) async fn authenticate(app: &App, token: &str) -> Result<Caller, Problem> {
    let found = if token.starts_with(SESSION_PREFIX) {
        by_session(app, token).await?
    } else if token.starts_with(API_KEY_PREFIX) {
        by_api_key(app, token).await?
    } else {
        None
    };
    found.ok_or_else(|| Problem::new(Code::Unauthenticated))
}

// One row for each of the account's roles; for an account without any, one without a role.
#[derive(Debug, FromQueryResult)]
struct Known {
    session_id: Uuid,
    used_at: DateTime<Utc>,
    factors: i64,
    account_id: Uuid,
    organisation_id: Uuid,
    role: Option<String>,
    held_over: Option<Uuid>,
}

// Every request begins with this: one statement.
async fn by_session(app: &App, token: &str) -> Result<Option<Caller>, Problem> {
    use rows::{account, grant, session};
    let now = app.clock.now();
    let to_account = session::Entity::belongs_to(account::Entity)
        .from(session::Column::AccountId)
        .to(account::Column::Id);
    let to_grants = session::Entity::belongs_to(grant::Entity)
        .from(session::Column::AccountId)
        .to(grant::Column::AccountId);
    let known = reference::<session::Entity>()
        .join(JoinType::InnerJoin, to_account.into())
        .join(JoinType::LeftJoin, to_grants.into())
        .filter(session::Column::TokenHash.eq(token_hash(token)))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(account::Column::State.eq("active"))
        .select_only()
        .column_as(session::Column::Id, "session_id")
        .column(session::Column::UsedAt)
        .column(session::Column::Factors)
        .column_as(account::Column::Id, "account_id")
        .column(account::Column::OrganisationId)
        .column(grant::Column::Role)
        .column_as(grant::Column::OrganisationId, "held_over")
        .into_model::<Known>()
        .all(app.db.latest())
        .await?;
    let Some(session) = known.first() else {
        return Ok(None);
    };
    if now - session.used_at > app.config.session_idle() {
        return Ok(None);
    }
    let stale = TimeDelta::seconds(USE_NOTED_EVERY_S);
    if now - session.used_at > stale && app.uses.is_due(session.session_id, now, stale) {
        note_use(app.clone(), session.session_id, now);
    }
    let held = known
        .iter()
        .filter_map(|row| Some((row.role.as_deref()?, row.held_over?)));
    let grants = roles(held)?;
    let roles = grants.iter().map(|(role, _)| *role);
    let demanded = app.config.policy().demands_second_factor(roles);
    Ok(Some(Caller {
        who: Who::Account(Id::from_uuid(session.account_id)),
        organisation: Some(session.organisation_id),
        session: Some(session.session_id),
        owes_second_factor: demanded && session.factors < 2,
        grants,
    }))
}

/// When this server last noted the use of a session. The row alone would not do: until it is
/// written, each of a hundred requests at once would see it stale and write it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses(Arc<Mutex<HashMap<Uuid, DateTime<Utc>>>>);

impl Uses {
    // Past so many sessions those whose turn has come again are forgotten.
    const KEPT: usize = 10_000;

    // Whether this request is the one that notes it.
    fn is_due(&self, session: Uuid, now: DateTime<Utc>, every: TimeDelta) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.get(&session).is_none_or(|&last| now - last > every);
        if due {
            if noted.len() >= Self::KEPT {
                noted.retain(|_, last| now - *last <= every);
            }
            noted.insert(session, now);
        }
        due
    }
}

// Written beside the request: nobody waits for it and losing one only shortens an idle session.
// What is noted is when it was used, however late that is written: a write that waits would otherwise
// wake a session that was left idle meanwhile.
fn note_use(app: App, session: Uuid, used_at: DateTime<Utc>) {
    tokio::spawn(async move {
        let noted = rows::session::Entity::update_many()
            .col_expr(rows::session::Column::UsedAt, Expr::value(used_at))
            .filter(rows::session::Column::Id.eq(session))
            .exec(app.db.writer())
            .await;
        if let Err(error) = noted {
            tracing::warn!(%error, "a session's use was not noted");
        }
    });
}

async fn by_api_key(app: &App, token: &str) -> Result<Option<Caller>, Problem> {
    use rows::{api_key, grant};
    let (now, hash) = (app.clock.now(), token_hash(token));
    let Some(key) = visible::<api_key::Entity>(&Scope::Everything)
        .filter(
            Condition::any()
                .add(api_key::Column::SecretHash.eq(&hash))
                .add(api_key::Column::EarlierHash.eq(&hash)),
        )
        .filter(api_key::Column::RevokedAt.is_null())
        .one(app.db.latest())
        .await?
        .filter(|key| key.works_by(&hash, now))
    else {
        return Ok(None);
    };
    let grants = visible::<grant::Entity>(&Scope::Everything)
        .filter(grant::Column::ApiKeyId.eq(key.id))
        .all(app.db.latest())
        .await?;
    Ok(Some(Caller {
        who: Who::ApiKey(Id::from_uuid(key.id)),
        organisation: Some(key.organisation_id),
        grants: roles(
            grants
                .iter()
                .map(|row| (row.role.as_str(), row.organisation_id)),
        )?,
        session: None,
        owes_second_factor: false,
    }))
}

fn roles<'a>(held: impl Iterator<Item = (&'a str, Uuid)>) -> Result<Vec<(Role, Uuid)>, Problem> {
    held.map(|(role, over)| Ok((role.parse().map_err(Problem::internal)?, over)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_of_a_session_is_noted_once_in_its_time() {
        let (uses, every) = (Uses::default(), TimeDelta::seconds(USE_NOTED_EVERY_S));
        let now = DateTime::UNIX_EPOCH;
        let [one, other] = [1, 2].map(Uuid::from_u128);
        assert!(uses.is_due(one, now, every));
        assert!(!uses.is_due(one, now + every, every));
        assert!(uses.is_due(other, now, every));
        assert!(uses.is_due(one, now + every + TimeDelta::seconds(1), every));
        for session in 3..20_000 {
            let later = now + every * 2 + TimeDelta::seconds(session);
            uses.is_due(
                Uuid::from_u128(u128::from(session.unsigned_abs())),
                later,
                every,
            );
        }
        assert!(uses.0.lock().unwrap().len() <= Uses::KEPT);
    }
}
