//! The second wall: PostgreSQL itself keeps callers apart.
//!
//! **Invariant.** Each table of an organisation's rows has the rule of its `Visible` as a policy for
//! [`READER`], under which requests read (`storage/reading.rs`). The rules stand once the server has
//! migrated, and are those of the program that runs: they are written anew where they differ. Whoever
//! owns the tables, the server's own writes, `pg_dump` and the console, is not held back. A server that
//! may not make the role goes on without the wall and says so; so does `selfcheck`.

use anyhow::Context as _;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use sha2::{Digest, Sha256};

use crate::{
    agreements,
    app::App,
    depots, devices, disclosure, dispatch, duties, exchange, identity, incidents, journal, rating,
    scope::Guard,
    sealed_days, stock,
    storage::{Engine, READER},
    webhooks,
};

/// Where the rules look at other tables. A rule that looked at a table with rules of its own would
/// ask those, and they it, without an end; what a view shows, it shows as its owner sees it.
const SCHEMA: &str = "relief_depot_wall";
/// What the rules need to know of other tables: of rows the ids, and never what is in them.
const VIEWS: &[(&str, &str)] = &[
    ("balance", "depot_id, lot_id"),
    ("depot", "id, organisation_id"),
    ("device", "id, organisation_id"),
    ("incident", "id, organisation_id"),
    ("lot", "id, owner_id, depot_id"),
    ("lot_recall_lot", "recall_id, lot_id"),
    ("movement_line", "depot_id, movement_id, lot_id"),
    ("site", "id, incident_id, organisation_id"),
    ("webhook", "id, organisation_id"),
];
/// What opens accounts is read for nobody but by the server itself.
const SECRET: &[&str] = &[
    "earlier_password",
    "provider_login",
    "recovery_code",
    "setup_code",
];

fn guards() -> Vec<Guard> {
    [
        agreements::guards(),
        depots::guards(),
        devices::guards(),
        disclosure::guards(),
        dispatch::guards(),
        duties::guards(),
        exchange::guards(),
        identity::guards(),
        incidents::guards(),
        journal::guards(),
        rating::guards(),
        sealed_days::guards(),
        stock::guards(),
        webhooks::guards(),
    ]
    .concat()
}

/// Makes the rules of the database those of this program, where it is PostgreSQL.
///
/// # Errors
/// When the database refuses what its owner may do.
pub(crate) async fn raise(app: &App) -> anyhow::Result<()> {
    if app.db.engine() == Engine::Sqlite {
        return Ok(());
    }
    let connection = app.db.migrating(&app.config).await?;
    let raised = raise_by(&connection).await;
    connection.close().await?;
    if raised? {
        app.db.raise_wall();
    }
    Ok(())
}

async fn raise_by(connection: &DatabaseConnection) -> anyhow::Result<bool> {
    if let Err(error) = make_role(connection).await {
        tracing::warn!(
            %error,
            "the role {READER} cannot be taken, so that the database does not keep callers apart by itself; docs/SECURITY.md says how to make it"
        );
        return Ok(false);
    }
    let rules = Rules::of(connection).await?;
    if !rules.stand(connection).await? {
        // One message is one transaction.
        let Rules {
            lowering,
            raising,
            mark,
        } = rules;
        let noted = format!("COMMENT ON SCHEMA {SCHEMA} IS '{mark}'");
        connection
            .execute_unprepared(&format!("{lowering}{raising}{noted}"))
            .await
            .context("the rules of rows cannot be written")?;
    }
    Ok(true)
}

/// Whether the rules of this program stand, and requests can be answered under them. Changes nothing.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn stands(app: &App) -> anyhow::Result<bool> {
    let connection = app.db.migrating(&app.config).await?;
    let stands = match connection.execute_unprepared(&taking()).await {
        Ok(_) => Rules::of(&connection).await?.stand(&connection).await,
        Err(_) => Ok(false),
    };
    connection.close().await?;
    Ok(stands?)
}

/// Takes the rules away, which name columns that a migration may have to change.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn lower(connection: &DatabaseConnection) -> anyhow::Result<()> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let rules = Rules::of(connection).await?;
    connection.execute_unprepared(&rules.lowering).await?;
    Ok(())
}

/// Whether this line of a dump's table of contents is about the rules.
pub(crate) fn is_rule(line: &str) -> bool {
    line.contains(SCHEMA)
        || [" POLICY ", " ROW SECURITY "]
            .iter()
            .any(|kind| line.contains(kind))
}

// Roles are of the whole cluster: another database, or a server that starts beside this one, may have
// made it.
async fn make_role(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let take = taking();
    if connection.execute_unprepared(&take).await.is_ok() {
        return Ok(());
    }
    let exists = format!("SELECT rolname::text FROM pg_roles WHERE rolname = '{READER}'");
    if text(connection, &exists).await?.is_none() {
        let make = format!("CREATE ROLE {READER} NOLOGIN");
        if let Err(error) = connection.execute_unprepared(&make).await
            && text(connection, &exists).await?.is_none()
        {
            return Err(error);
        }
    }
    if connection.execute_unprepared(&take).await.is_ok() {
        return Ok(());
    }
    let join = format!("GRANT {READER} TO CURRENT_USER");
    connection.execute_unprepared(&join).await?;
    connection.execute_unprepared(&take).await.map(drop)
}

fn taking() -> String {
    format!("SET ROLE {READER}; RESET ROLE")
}

/// What is said to a database whose tables stand in one schema.
struct Rules {
    lowering: String,
    raising: String,
    /// Tells the rules of one release from those of another.
    mark: String,
}

impl Rules {
    async fn of(connection: &DatabaseConnection) -> anyhow::Result<Self> {
        let schema = text(connection, "SELECT current_schema()::text").await?;
        let schema = schema.context("the database has no schema to work in")?;
        let raising = raising(&schema);
        Ok(Self {
            lowering: lowering(&schema),
            mark: hex::encode(Sha256::digest(raising.as_bytes())),
            raising,
        })
    }

    async fn stand(&self, connection: &DatabaseConnection) -> Result<bool, DbErr> {
        let noted = format!("SELECT obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace')");
        Ok(text(connection, &noted).await?.as_deref() == Some(self.mark.as_str()))
    }
}

fn raising(schema: &str) -> String {
    let mut sql = format!(
        "CREATE SCHEMA {SCHEMA}; GRANT USAGE ON SCHEMA {SCHEMA}, \"{schema}\" TO {READER};\n"
    );
    for (table, columns) in VIEWS {
        sql += &format!(
            "CREATE VIEW {SCHEMA}.{table} AS SELECT {columns} FROM \"{schema}\".{table};\n"
        );
    }
    sql += &format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA \"{schema}\", {SCHEMA} TO {READER};\n\
         REVOKE SELECT ON {} FROM {READER};\n",
        SECRET.join(", ")
    );
    // The names in the rules of others are those of the views.
    sql += &format!("SET LOCAL search_path = {SCHEMA}, \"{schema}\";\n");
    for Guard { table, rule } in guards() {
        let table = format!("\"{schema}\".{table}");
        sql += &format!(
            "CREATE POLICY seen ON {table} FOR SELECT TO {READER} USING ({rule});\n\
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        );
    }
    sql
}

// Whatever has been raised, by whatever release: found in the catalogue and not in a list.
fn lowering(schema: &str) -> String {
    format!(
        "DO $$ DECLARE guarded record; BEGIN \
           FOR guarded IN SELECT tablename FROM pg_policies \
             WHERE schemaname = '{schema}' AND '{READER}' = ANY (roles) LOOP \
             EXECUTE format('DROP POLICY seen ON %I.%I', '{schema}', guarded.tablename); \
             EXECUTE format('ALTER TABLE %I.%I DISABLE ROW LEVEL SECURITY', '{schema}', guarded.tablename); \
           END LOOP; \
         END $$; DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;\n"
    )
}

async fn text(connection: &DatabaseConnection, sql: &str) -> Result<Option<String>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    match connection.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(None),
    }
}
