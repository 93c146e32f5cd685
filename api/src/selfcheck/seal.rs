//! Whether the key that signs the journal is there and the right one.
//!
//! **Invariant.** The key itself is read and never shown; none is made.

use crate::{app::App, journal};

use super::{Check, Row};

pub(super) const CHECKS: &[Check] = &[Check("signing_key", |app| Box::pin(signing_key(app)))];

async fn signing_key(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "signing_key";
    let file = journal::key_file(&app.config).display().to_string();
    let standing = match journal::key_standing(app).await {
        Ok(standing) => standing,
        Err(error) => {
            return Ok(Row::fault(
                ID,
                "签名私钥读不出来，或不是这本日志的；请从备份中取回",
                "the signing key cannot be read, or is not of this journal; bring it back from where it is kept",
            )
            .seen(format!("{error:#}")));
        }
    };
    let (is_there, signed) = (standing.is_there, standing.signed);
    let row = match (is_there, signed) {
        (true, Some((size, true))) => Row::ok(
            ID,
            "签名私钥在，最新的检查点由它签署",
            "the signing key is there and signed the last checkpoint",
        )
        .seen(format!("{file}; checkpoint of {size} entries")),
        (true, None) => Row::ok(
            ID,
            "签名私钥在；还没有检查点",
            "the signing key is there; nothing was signed yet",
        )
        .seen(file),
        (true, Some((size, false))) => Row::fault(
            ID,
            "最新的检查点不是由现有私钥签署的：私钥换过而没有新旧并用，或数据库来自别处",
            "the last checkpoint was not signed by this key: it was exchanged without standing beside the old one, or the database is from elsewhere",
        )
        .seen(format!("{file}; checkpoint of {size} entries")),
        (false, Some((size, _))) => Row::fault(
            ID,
            "签名私钥不见了；请从保管处取回，否则旧检查点之后的签名换了人",
            "the signing key is gone; bring it back from where it is kept, or what is signed next is signed by somebody else",
        )
        .seen(format!("{file} is not there; checkpoint of {size} entries")),
        (false, None) => Row::not_checked(
            ID,
            "签名私钥在服务器首次启动时生成",
            "the signing key is made at the first start of the server",
        )
        .seen(format!("{file} is not there")),
    };
    Ok(row)
}
