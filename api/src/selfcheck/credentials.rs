//! What can be told of accounts and keys.
//!
//! **Invariant.** Nothing names an account: figures are enough to go and look.

use std::io::ErrorKind;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement},
};

use crate::{app::App, demo};

use super::{Check, Row, number, passwords};

pub(super) const CHECKS: &[Check] = &[
    Check("setup_code", |app| Box::pin(setup_code(app))),
    Check("unused_accounts", |app| Box::pin(unused_accounts(app))),
    Check("weak_passwords", |app| {
        Box::pin(passwords::weak_passwords(app))
    }),
    Check("password_hashes", |app| Box::pin(password_hashes(app))),
    Check("api_keys_without_expiry", |app| {
        Box::pin(keys_without_expiry(app))
    }),
    Check("demonstration", |app| Box::pin(demonstration(app))),
];

/// Sessions are kept for so long after their end, so that nothing older can be told.
const UNUSED_DAYS: i64 = 30;
/// What OWASP's password storage cheat sheet asks of Argon2id with two passes.
const HASH_KIB_MIN: u32 = 19 * 1_024;
/// Whoever sets a server up does so on its first day.
const CODE_AGE_MAX: TimeDelta = TimeDelta::days(1);

async fn setup_code(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "setup_code";
    let query = Query::select()
        .columns([Alias::new("created_at"), Alias::new("used_at")])
        .from(Alias::new("setup_code"))
        .to_owned();
    let Some(row) = app.db.read().query_one(&query).await? else {
        return Ok(Row::ok(
            ID,
            "没有待用的初始化码",
            "no setup code waits to be used",
        ));
    };
    let created: DateTime<Utc> = row.try_get_by_index(0)?;
    let used: Option<DateTime<Utc>> = row.try_get_by_index(1)?;
    let seen = format!("made {}", created.to_rfc3339());
    Ok(match used {
        Some(used) => Row::ok(ID, "初始化码已经用掉", "the setup code was spent")
            .seen(format!("{seen}, spent {}", used.to_rfc3339())),
        None if app.clock.now() - created > CODE_AGE_MAX => Row::warning(
            ID,
            "初始化码一天多没有用：谁看得到控制台，谁就能建立首个账号；请完成初始化，或停掉服务器",
            "the setup code was not used for more than a day: whoever sees the console can make the first account; complete the set-up or stop the server",
        )
        .seen(seen),
        None => Row::ok(
            ID,
            "初始化码在等待首个账号",
            "the setup code waits for the first account",
        )
        .seen(seen),
    })
}

async fn unused_accounts(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "unused_accounts";
    let since = app.clock.now() - TimeDelta::days(UNUSED_DAYS);
    let used = Query::select()
        .column(Alias::new("account_id"))
        .from(Alias::new("session"))
        .and_where(Expr::col(Alias::new("used_at")).gt(since))
        .to_owned();
    let count = counted("account")
        .and_where(Expr::col(Alias::new("state")).eq("active"))
        .and_where(Expr::col(Alias::new("created_at")).lt(since))
        .and_where(Expr::col(Alias::new("id")).not_in_subquery(used))
        .to_owned();
    let count = number(app, &count).await?;
    let row = if count == 0 {
        Row::ok(
            ID,
            "没有三十天没人登录的账号",
            "no account was left without a login for thirty days",
        )
    } else {
        Row::warning(
            ID,
            "有三十天没人登录（或从未登录）的账号；不再需要的请停用",
            "nobody logged in to some accounts for thirty days, or ever; disable those that nobody needs",
        )
    };
    Ok(row.seen(format!("{count} accounts")))
}

// The setting holds for new passwords; those that are kept took what was set in their time.
async fn password_hashes(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "password_hashes";
    let query = Query::select()
        .column(Alias::new("password_hash"))
        .from(Alias::new("account"))
        .and_where(Expr::col(Alias::new("state")).eq("active"))
        .and_where(Expr::col(Alias::new("password_hash")).ne(""))
        .to_owned();
    let mut cheap = 0;
    let mut kept = 0;
    for row in app.db.read().query_all(&query).await? {
        let hash: String = row.try_get_by_index(0)?;
        kept += 1;
        cheap += u32::from(memory_kib(&hash).is_none_or(|kib| kib < HASH_KIB_MIN));
    }
    let row = if cheap == 0 {
        Row::ok(
            ID,
            "每个口令的散列都够费内存",
            "each password's hash takes as much memory as it should",
        )
    } else {
        Row::warning(
            ID,
            "有口令的散列太省内存，库被盗后容易猜出；请把 password_hash_mib 设回 19 以上，并让这些账号换口令",
            "the hashes of some passwords take too little memory, and are guessed easily once the database is stolen; set password_hash_mib to 19 or more and have those passwords changed",
        )
    };
    Ok(row.seen(format!("{cheap} of {kept} below {HASH_KIB_MIN} KiB")))
}

// `$argon2id$v=19$m=19456,t=2,p=1$…`
fn memory_kib(hash: &str) -> Option<u32> {
    let costs = hash.split('$').nth(3)?;
    let memory = costs.split(',').find_map(|cost| cost.strip_prefix("m="))?;
    memory.parse().ok()
}

async fn keys_without_expiry(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "api_keys_without_expiry";
    let count = counted("api_key")
        .and_where(Expr::col(Alias::new("revoked_at")).is_null())
        .and_where(Expr::col(Alias::new("expires_at")).is_null())
        .to_owned();
    let count = number(app, &count).await?;
    let row = if count == 0 {
        Row::ok(ID, "每把接口密钥都有期限", "every API key has an end")
    } else {
        Row::warning(
            ID,
            "有没有期限的接口密钥；请换成有期限的",
            "some API keys have no end; put such that have in their place",
        )
    };
    Ok(row.seen(format!("{count} keys")))
}

// Its passwords are random, and lie in a file.
async fn demonstration(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "demonstration";
    let file = app.config.data_directory.join(demo::ACCOUNTS_FILE);
    let seen = file.display().to_string();
    match tokio::fs::metadata(&file).await {
        Ok(_) => Ok(Row::warning(
            ID,
            "演示账号的口令还放在数据目录里；正式使用请另建空库",
            "the passwords of the demonstration lie in the data directory; for work, begin with an empty database",
        )
        .seen(seen)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Row::ok(
            ID,
            "没有演示账号的口令文件",
            "there is no file of passwords of the demonstration",
        )),
        Err(error) => Err(error.into()),
    }
}

fn counted(table: &str) -> SelectStatement {
    Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(Alias::new(table))
        .to_owned()
}
