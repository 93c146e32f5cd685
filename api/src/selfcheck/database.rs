//! Whether the database keeps what it confirms, and is the one that this program knows.
//!
//! **Invariant.** What is told is what the open connections say of themselves, not what was asked
//! of them.

use anyhow::Context as _;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{
    app::App,
    migrate, row_security,
    storage::{self, Engine},
};

use super::{Check, Row};

pub(super) const CHECKS: &[Check] = &[
    Check("database_version", |app| Box::pin(version(app))),
    Check("database_durability", |app| Box::pin(durability(app))),
    Check("database_limits", |app| Box::pin(limits(app))),
    Check("migrations", |app| Box::pin(migrations(app))),
    Check("row_security", |app| Box::pin(callers_apart(app))),
];

/// A setting, and what it must be so that nothing that was confirmed is lost at a power cut.
const SQLITE: &[(&str, &[&str])] = &[
    ("journal_mode", &["wal"]),
    ("synchronous", &["2", "3"]),
    ("foreign_keys", &["1"]),
];
const POSTGRES: &[(&str, &[&str])] = &[
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    (
        "synchronous_commit",
        &["on", "local", "remote_write", "remote_apply"],
    ),
];

async fn version(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "database_version";
    // What is too old does not open.
    let (row, version) = match app.db.engine() {
        Engine::Sqlite => (
            Row::ok(
                ID,
                "自带的 SQLite 版本没有会损坏数据的已知缺陷",
                "the built-in SQLite is a release without the corruption of earlier ones",
            ),
            storage::pragma(app.db.writer(), "SELECT sqlite_version()").await?,
        ),
        Engine::Postgres => (
            Row::ok(
                ID,
                "PostgreSQL 版本受支持",
                "the release of PostgreSQL will do",
            ),
            setting(app, "server_version").await?,
        ),
    };
    Ok(row.seen(version))
}

async fn durability(app: &App) -> anyhow::Result<Row> {
    let wanted = match app.db.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    let mut found = Vec::new();
    for (name, _) in wanted {
        let value = match app.db.engine() {
            Engine::Sqlite => {
                let sql = format!("SELECT {name} FROM pragma_{name}");
                storage::pragma(app.db.writer(), &sql).await?
            }
            Engine::Postgres => setting(app, name).await?,
        };
        found.push(value);
    }
    Ok(judged(wanted, &found))
}

fn judged(wanted: &[(&str, &[&str])], found: &[String]) -> Row {
    const ID: &str = "database_durability";
    let keeps = wanted.iter().zip(found);
    let keeps = keeps.fold(true, |all, ((_, fit), found)| {
        all && fit.contains(&found.as_str())
    });
    let row = if keeps {
        Row::ok(
            ID,
            "确认过的登记断电也不会丢",
            "what was confirmed survives a power cut",
        )
    } else {
        Row::fault(
            ID,
            "断电会丢失已经确认的登记；请改回数据库的设置",
            "a power cut loses what was confirmed; set the database right",
        )
    };
    let told: Vec<_> = wanted
        .iter()
        .zip(found)
        .map(|((name, _), found)| format!("{name} = {found}"))
        .collect();
    row.seen(told.join(", "))
}

async fn limits(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "database_limits";
    match app.db.engine() {
        Engine::Sqlite => {
            let wait = storage::pragma(app.db.writer(), "SELECT timeout FROM pragma_busy_timeout");
            let row = Row::ok(
                ID,
                "等待写锁有时限",
                "waiting for the lock of the writer has an end",
            );
            Ok(row.seen(format!("busy_timeout = {} ms", wait.await?)))
        }
        Engine::Postgres => {
            let statement = setting(app, "statement_timeout").await?;
            let lock = setting(app, "lock_timeout").await?;
            let seen = format!("statement_timeout = {statement}, lock_timeout = {lock}");
            let is_endless = statement == "0" || lock == "0";
            let row = if is_endless {
                Row::fault(
                    ID,
                    "数据库语句没有时限，一条卡住的语句会一直占着连接",
                    "statements have no time limit, so one that is stuck holds its connection for ever",
                )
            } else {
                Row::ok(
                    ID,
                    "数据库语句与等锁都有时限",
                    "statements and waiting for locks have an end",
                )
            };
            Ok(row.seen(seen))
        }
    }
}

async fn callers_apart(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "row_security";
    if app.db.engine() == Engine::Sqlite {
        return Ok(Row::ok(
            ID,
            "SQLite 没有角色，由程序自己区分谁看得见什么",
            "SQLite has no roles: the program alone keeps callers apart",
        ));
    }
    Ok(if row_security::stands(app).await? {
        Row::ok(
            ID,
            "数据库自己也区分谁看得见什么",
            "the database itself keeps callers apart as well",
        )
    } else {
        Row::warning(
            ID,
            "数据库不区分谁看得见什么，只有程序区分；请按 docs/SECURITY.md 建立角色 relief_depot_reader，再启动服务器",
            "the database does not keep callers apart, the program alone does: make the role relief_depot_reader as docs/SECURITY.md says, and start the server",
        )
    })
}

async fn migrations(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "migrations";
    let pending = migrate::pending(app).await?;
    Ok(if pending.is_empty() {
        Row::ok(ID, "数据库结构是最新的", "the schema is current")
    } else {
        Row::fault(
            ID,
            "数据库结构有待升级；请执行 relief-depot migrate，或启动服务器",
            "migrations have to be applied: run `relief-depot migrate`, or start the server",
        )
        .seen(pending.join(", "))
    })
}

async fn setting(app: &App, name: &str) -> anyhow::Result<String> {
    let sql = "SELECT current_setting($1) AS value";
    let ask = Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]);
    let row = app.db.read().query_one_raw(ask).await?;
    let row = row.with_context(|| format!("PostgreSQL does not tell {name}"))?;
    Ok(row.try_get("", "value")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::State;

    #[test]
    fn settings_that_lose_what_was_confirmed_are_found() {
        for (wanted, found, state) in [
            (SQLITE, ["wal", "2", "1"], State::Ok),
            (SQLITE, ["wal", "3", "1"], State::Ok),
            (SQLITE, ["wal", "1", "1"], State::Fault),
            (SQLITE, ["wal", "0", "1"], State::Fault),
            (SQLITE, ["delete", "2", "1"], State::Fault),
            (SQLITE, ["wal", "2", "0"], State::Fault),
            (POSTGRES, ["on", "on", "on"], State::Ok),
            (POSTGRES, ["on", "on", "remote_apply"], State::Ok),
            (POSTGRES, ["off", "on", "on"], State::Fault),
            (POSTGRES, ["on", "off", "on"], State::Fault),
            (POSTGRES, ["on", "on", "off"], State::Fault),
        ] {
            let found = found.map(str::to_owned);
            let row = judged(wanted, &found);
            assert_eq!(row.state, state, "{found:?}");
            assert!(row.evidence.contains(&format!("= {}", found[0])));
        }
    }
}
