//! Passwords, hashed with Argon2id off the async threads.
//!
//! **Invariant.** At most a few hashes are made at once, so that a flood of logins cannot starve
//! the server. Checking a password takes as long for a login name that does not exist. Nobody outside
//! is asked whether a password is known.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{
    identity::{AccountPolicy, Login, PasswordFlaw},
    kernel::{Id, kinds},
};

use crate::{
    app::App,
    ids, organisations,
    problem::{Fault, Problem},
    scope::Scope,
};

use super::queries;

const PASSES: u32 = 2;
const KIB_A_MIB: u32 = 1_024;

/// The hash to keep.
pub(super) async fn hash(app: &App, password: String) -> Result<String, Problem> {
    let _place = app.hashing.acquire().await.map_err(Problem::internal)?;
    let salt = ids::random::<16>();
    let hasher = hasher(app)?;
    tokio::task::spawn_blocking(move || {
        hasher
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
    })
    .await
    .map_err(Problem::internal)?
    .map_err(|error| Problem::internal(anyhow::anyhow!("{error}")))
}

/// Whether the password belongs to the hash; `None` for an unknown login name takes as long.
pub(super) async fn verify(
    app: &App,
    password: String,
    hash: Option<String>,
) -> Result<bool, Problem> {
    let Some(hash) = hash else {
        self::hash(app, password).await?;
        return Ok(false);
    };
    let _place = app.hashing.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(move || {
        // What the hash took is written in it.
        PasswordHash::new(&hash).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        })
    })
    .await
    .map_err(Problem::internal)
}

fn hasher(app: &App) -> Result<Argon2<'static>, Problem> {
    let kib = app.config.password_hash_mib * KIB_A_MIB;
    let params = Params::new(kib, PASSES, 1, None)
        .map_err(|error| Problem::internal(anyhow::anyhow!("{error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

// What makes no password here, beside the names of the account: ASVS 5.0.0 6.1.2 wants it listed, and
// docs/IDENTITY.md lists it.
const WORDS: &[&str] = &[
    "reliefdepot",
    "relief",
    "depot",
    "redcross",
    "hongshizihui",
    "hongshizi",
    "honghui",
    "jiuzai",
    "beizai",
    "wuzi",
    "cangku",
    "chubei",
    "红十字会",
    "红十字",
    "救灾",
    "备灾",
    "物资",
    "仓库",
];

/// Whether the policy of this installation allows the password to the holder of `login`, around whom
/// these names stand. Costs a core for a while: only for who has shown a right to it.
pub(super) async fn allowed(
    app: &App,
    password: &str,
    login: &str,
    names: &[&str],
) -> Result<Result<(), Fault>, Problem> {
    // A login name that is itself at fault is reported at its own field.
    let Ok(login) = login.parse::<Login>() else {
        return Ok(Ok(()));
    };
    let policy = app.config.policy();
    let guesses = guesses(app, policy, password, &login, names).await?;
    let flaws = policy.flaws(password, &login, guesses);
    Ok(if flaws.is_empty() {
        Ok(())
    } else {
        Err(fault(&flaws))
    })
}

/// As [`allowed`], for an account that has a password: the last ones may not be taken again.
pub(super) async fn allowed_next(
    app: &App,
    account: Id<kinds::Account>,
    password: &str,
) -> Result<Result<(), Fault>, Problem> {
    let known = queries::account(app.db.read(), &Scope::Everything, account).await?;
    let society = known.organisation_id;
    let society = organisations::named(app.db.read(), &Scope::Everything, society, "").await?;
    let names = [
        known.name.as_str(),
        &society.name,
        society.name_en.as_deref().unwrap_or_default(),
    ];
    if let Err(fault) = allowed(app, password, &known.login, &names).await? {
        return Ok(Err(fault));
    }
    let remembered = app.config.policy().passwords_remembered.value;
    for hash in queries::last_passwords(app.db.latest(), account, remembered).await? {
        if verify(app, password.to_owned(), Some(hash)).await? {
            return Ok(Err(fault(&[PasswordFlaw::UsedBefore { remembered }])));
        }
    }
    Ok(Ok(()))
}

// In how many guesses somebody finds it who knows the lists, the words and the names.
async fn guesses(
    app: &App,
    policy: &AccountPolicy,
    password: &str,
    login: &Login,
    names: &[&str],
) -> Result<u64, Problem> {
    // What is refused for its length is not looked at.
    if password.chars().count() > policy.password_length_max.value {
        return Ok(0);
    }
    let parts = names.iter().flat_map(|name| name.split_whitespace());
    let parts = parts.chain(login.as_str().split(['.', '_', '-', '@']));
    let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
    words.extend(names.iter().copied().chain(parts).map(str::to_owned));
    // A sign or two stand in every password.
    words.retain(|word| word.len() > 2);
    let password = password.to_owned();
    let _place = app.hashing.acquire().await.map_err(Problem::internal)?;
    tokio::task::spawn_blocking(move || {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        zxcvbn::zxcvbn(&password, &words).guesses()
    })
    .await
    .map_err(Problem::internal)
}

fn fault(flaws: &[PasswordFlaw]) -> Fault {
    let zh: Vec<_> = flaws.iter().map(|flaw| in_chinese(*flaw)).collect();
    let en: Vec<_> = flaws.iter().map(ToString::to_string).collect();
    Fault::new("password", zh.join("；"), en.join("; "))
}

fn in_chinese(flaw: PasswordFlaw) -> String {
    match flaw {
        PasswordFlaw::TooShort { min } => format!("密码至少 {min} 个字符"),
        PasswordFlaw::TooLong { max } => format!("密码最多 {max} 个字符"),
        PasswordFlaw::TooFewClasses { needed } => {
            format!("密码须含大写字母、小写字母、数字、其他字符中的 {needed} 类")
        }
        PasswordFlaw::TooCommon => "这是最常见的密码之一".to_owned(),
        PasswordFlaw::Repetitive => "密码只是少数字符的重复".to_owned(),
        PasswordFlaw::Guessable => {
            "密码太容易被猜中：由已泄露的密码、常用词、姓名或日期拼成".to_owned()
        }
        PasswordFlaw::UsedBefore { remembered } => format!("与最近 {remembered} 次的密码相同"),
        PasswordFlaw::ContainsLogin => "密码中含有登录名".to_owned(),
    }
}
