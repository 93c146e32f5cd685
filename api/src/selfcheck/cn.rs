//! What a program can tell of 等保 (GB/T 22239-2019, level 3) and 密评 (GB/T 39786-2021).
//!
//! **Invariant.** Each row names the clause that asks for it. What only people or certified devices
//! can show is `not_checked`; no row says that an assessment would be passed.

use chrono::TimeDelta;
use domain::{
    identity::{PolicyProfile, Role},
    journal::CryptoSuite,
};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};

use crate::{app::App, config::Config};

use super::{Check, Row, number};

pub(super) const CHECKS: &[Check] = &[
    Check("cn_administrators_apart", |app| {
        Box::pin(administrators(app))
    }),
    Check("cn_audit_trail", |app| Box::pin(audit_trail(app))),
];

const IDENTIFICATION: &str = "GB/T 22239-2019 8.1.4.1 身份鉴别";
const ACCESS: &str = "GB/T 22239-2019 8.1.4.2 访问控制、8.1.5 安全管理中心";
const AUDIT: &str = "GB/T 22239-2019 8.1.4.3 安全审计";
const RETENTION: &str = "《网络安全法》网络日志留存不少于六个月";
const TRANSPORT: &str = "GB/T 22239-2019 8.1.2.2 通信传输";
const CRYPTOGRAPHY: &str = "GB/T 39786-2021 应用和数据安全";

/// The standard names no figure; this is what assessors ask for.
const IDLE_MAX: TimeDelta = TimeDelta::minutes(30);

pub(super) fn rows(config: &Config) -> Vec<Row> {
    vec![
        crypto_suite(config.crypto_suite),
        Row::not_checked(
            "cn_certified_module",
            "SM2、SM3 由软件实现，不是经认证的商用密码产品；是否接入经认证的密码设备须由人核查",
            "SM2 and SM3 are software here and no certified product; whether a certified device is used is for people to see",
        )
        .by(CRYPTOGRAPHY),
        account_policy(config.policy().profile),
        session_limits(config),
        second_factor(config.policy().profile),
        Row::not_checked(
            "cn_transport",
            "传输加密由前置代理承担，须在代理上核查（TLS 或 TLCP）",
            "the proxy in front encrypts what is sent; look at it there (TLS or TLCP)",
        )
        .by(TRANSPORT),
        Row::not_checked(
            "cn_log_retention",
            "运行日志写到标准错误输出，由运维人员的日志系统保存；其留存期须在那里核查",
            "the log goes to standard error and is kept by the operator's own means; look there for how long",
        )
        .by(RETENTION),
    ]
}

fn crypto_suite(suite: CryptoSuite) -> Row {
    const ID: &str = "cn_crypto_suite";
    let row = match suite {
        CryptoSuite::Gm => Row::ok(
            ID,
            "日志以 SM3 散列、SM2 签名",
            "the journal is sealed by SM3 and SM2",
        ),
        CryptoSuite::Std => Row::fault(
            ID,
            "日志以 SHA-256、Ed25519 封存；密评要求商用密码算法，须在建库时设 crypto_suite = \"gm\"",
            "the journal is sealed by SHA-256 and Ed25519; Chinese algorithms are asked for: crypto_suite = \"gm\", set before the first start",
        ),
    };
    row.seen(format!("crypto_suite = {}", suite.name()))
        .by(CRYPTOGRAPHY)
}

fn account_policy(profile: PolicyProfile) -> Row {
    const ID: &str = "cn_account_policy";
    let row = match profile {
        PolicyProfile::CnMlps => Row::ok(
            ID,
            "口令有复杂度与定期更换要求",
            "passwords must be complex and are changed from time to time",
        ),
        PolicyProfile::Asvs => Row::fault(
            ID,
            "口令没有复杂度与定期更换要求；请设 account_policy = \"cn-mlps\"",
            "passwords need not be complex or changed; set account_policy = \"cn-mlps\"",
        ),
    };
    row.seen(format!("account_policy = {}", profile.name()))
        .by(IDENTIFICATION)
}

fn second_factor(profile: PolicyProfile) -> Row {
    const ID: &str = "cn_second_factor";
    let row = match profile {
        PolicyProfile::CnMlps => Row::ok(
            ID,
            "所有账号登录均须第二种鉴别方式（动态口令，软件实现）",
            "every account logs in with a second factor: codes of an authenticator, by software",
        ),
        PolicyProfile::Asvs => Row::warning(
            ID,
            "只要求管理员使用第二种鉴别方式；请设 account_policy = \"cn-mlps\"",
            "only administrators must have a second factor; set account_policy = \"cn-mlps\"",
        ),
    };
    row.seen(format!("account_policy = {}", profile.name()))
        .by(IDENTIFICATION)
}

fn session_limits(config: &Config) -> Row {
    const ID: &str = "cn_session_limits";
    let row = if config.session_idle() <= IDLE_MAX {
        Row::ok(
            ID,
            "登录失败会锁定账号，闲置会话会自动退出",
            "wrong passwords lock the account, and idle sessions end by themselves",
        )
    } else {
        Row::warning(
            ID,
            "会话闲置三十分钟以上才退出；测评一般要求不超过三十分钟，请调小 session_idle_s",
            "a session may be idle for more than thirty minutes, which is what assessors usually allow; lower session_idle_s",
        )
    };
    row.seen(format!(
        "session_idle_s = {}, session_lifetime_s = {}",
        config.session_idle().num_seconds(),
        config.session_lifetime().num_seconds()
    ))
    .by(IDENTIFICATION)
}

async fn administrators(app: &App) -> anyhow::Result<Row> {
    const ADMINISTRATORS: [Role; 3] = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    let query = Query::select()
        .columns([Alias::new("account_id"), Alias::new("role")])
        .from(Alias::new("role_grant"))
        .and_where(Expr::col(Alias::new("account_id")).is_not_null())
        .and_where(Expr::col(Alias::new("role")).is_in(ADMINISTRATORS.map(Role::name)))
        .to_owned();
    let mut held = Vec::new();
    for row in app.db.read().query_all(&query).await? {
        held.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    Ok(apart(&held, &ADMINISTRATORS.map(Role::name)))
}

fn apart(held: &[(uuid::Uuid, String)], administrators: &[&str]) -> Row {
    const ID: &str = "cn_administrators_apart";
    let has_two = |account: &uuid::Uuid, role: &str| {
        held.iter()
            .any(|(other, held)| other == account && held != role)
    };
    let twice = held.iter().filter(|(account, role)| has_two(account, role));
    let mut twice: Vec<_> = twice.map(|(account, _)| account).collect();
    twice.sort_unstable();
    twice.dedup();
    let vacant = administrators
        .iter()
        .filter(|role| !held.iter().any(|(_, held)| held == *role));
    let vacant: Vec<_> = vacant.copied().collect();
    let row = if !twice.is_empty() {
        Row::fault(
            ID,
            "有人兼任系统、安全、审计管理员中的两种",
            "somebody is more than one of system, security and audit administrator",
        )
        .seen(format!("{} accounts", twice.len()))
    } else if !vacant.is_empty() {
        Row::warning(
            ID,
            "系统、安全、审计管理员尚未配齐",
            "not all of system, security and audit administrator are appointed",
        )
        .seen(format!("nobody is {}", vacant.join(", ")))
    } else {
        Row::ok(
            ID,
            "系统、安全、审计管理员三员分立",
            "system, security and audit administrators are different people",
        )
        .seen(format!("{} appointments", held.len()))
    };
    row.by(ACCESS)
}

// Entries are never deleted by the program; whether somebody else did, their positions tell.
async fn audit_trail(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "cn_audit_trail";
    let count = |table: &str| {
        Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from(Alias::new(table))
            .to_owned()
    };
    let sealed = number(app, &count("journal_position")).await?;
    let waiting = number(app, &count("journal_waiting")).await?;
    let kept = number(app, &count("journal")).await?;
    // Entries come in meanwhile, and are sealed: more than were counted before is no fault.
    let row = if kept >= sealed {
        Row::ok(
            ID,
            "每项操作都有审计记录，从第一条起全部保留，不会删除",
            "everything that was done has an entry, and all are kept from the first on",
        )
    } else {
        Row::fault(
            ID,
            "审计记录有缺失；请执行 relief-depot verify --journal",
            "entries of the journal are missing; run `relief-depot verify --journal`",
        )
    };
    Ok(row
        .seen(format!(
            "{kept} entries, {sealed} sealed, {waiting} waiting"
        ))
        .by(AUDIT))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::selfcheck::State;

    #[test]
    fn the_settings_of_the_profile_are_judged() {
        assert_eq!(crypto_suite(CryptoSuite::Gm).state, State::Ok);
        assert_eq!(crypto_suite(CryptoSuite::Std).state, State::Fault);
        assert_eq!(account_policy(PolicyProfile::CnMlps).state, State::Ok);
        assert_eq!(account_policy(PolicyProfile::Asvs).state, State::Fault);
        assert_eq!(second_factor(PolicyProfile::CnMlps).state, State::Ok);
        assert_eq!(second_factor(PolicyProfile::Asvs).state, State::Warning);
        for (idle_s, state) in [("1800", State::Ok), ("1801", State::Warning)] {
            let set = [("RELIEF_DEPOT_SESSION_IDLE_S", idle_s)];
            let set = set.map(|(name, text)| (name.to_owned(), text.to_owned()));
            let config = Config::load(None, set).unwrap();
            assert_eq!(session_limits(&config).state, state);
        }
        let config = Config::load(None, []).unwrap();
        for row in rows(&config) {
            assert!(row.source.is_some(), "{}", row.id);
        }
    }

    #[test]
    fn administrators_are_different_people() {
        let all = ["system_admin", "security_admin", "audit_admin"];
        let held = |pairs: &[(u128, &str)]| {
            let pairs = pairs.iter();
            let pairs = pairs.map(|(who, role)| (Uuid::from_u128(*who), (*role).to_owned()));
            pairs.collect::<Vec<_>>()
        };
        for (pairs, state) in [
            (&[(1, all[0]), (2, all[1]), (3, all[2])][..], State::Ok),
            (
                &[(1, all[0]), (1, all[0]), (2, all[1]), (3, all[2])],
                State::Ok,
            ),
            (&[(1, all[1])], State::Warning),
            (&[(1, all[0]), (1, all[1]), (3, all[2])], State::Fault),
        ] {
            assert_eq!(apart(&held(pairs), &all).state, state, "{pairs:?}");
        }
    }
}
