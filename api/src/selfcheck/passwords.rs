//! Whether passwords are the first that anybody would try.
//!
//! **Invariant.** Nothing names an account. So many guesses are made and no more, the likeliest first,
//! since each takes as long as a login; how many accounts that reached is told.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait as _, Order, Query},
};

use crate::{app::App, identity};

use super::Row;

const GUESSES_MAX: usize = 120;
/// What is tried of everybody, beside what is made of the login name: long enough for the policies
/// that there ever were.
const COMMON: &[&str] = &["Aa123456", "Admin@123", "123456789012", "password1234"];

pub(super) async fn weak_passwords(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "weak_passwords";
    let query = Query::select()
        .columns([Alias::new("login"), Alias::new("password_hash")])
        .from(Alias::new("account"))
        .and_where(Expr::col(Alias::new("state")).eq("active"))
        .and_where(Expr::col(Alias::new("password_hash")).ne(""))
        .order_by(Alias::new("created_at"), Order::Asc)
        .limit(GUESSES_MAX as u64)
        .to_owned();
    let mut accounts = Vec::new();
    for row in app.db.read().query_all(&query).await? {
        let (login, hash): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        accounts.push((login, hash));
    }
    let (mut guessed, mut weak) = (0, 0);
    'all: for round in 0..guesses("").len() {
        for (login, hash) in &accounts {
            if guessed == GUESSES_MAX {
                break 'all;
            }
            guessed += 1;
            let guess = guesses(login).swap_remove(round);
            weak += u32::from(identity::is_password(app, guess, hash.clone()).await?);
        }
    }
    let row = if weak == 0 {
        Row::ok(ID, "没有口令一猜就中", "no password was guessed at once")
    } else {
        Row::fault(
            ID,
            "有账号的口令就是用户名或最常见的口令；请立即令其更换",
            "passwords of some accounts are their login names or the commonest there are; have them changed at once",
        )
    };
    let tried = accounts.len();
    Ok(row.seen(format!(
        "{weak} hits in {guessed} guesses at {tried} accounts"
    )))
}

// The likeliest first.
fn guesses(login: &str) -> Vec<String> {
    let of_login = ["", "123", "123456", "@123"].map(|tail| format!("{login}{tail}"));
    let common = COMMON.iter().map(|&guess| guess.to_owned());
    of_login.into_iter().chain(common).collect()
}
