//! The people of the demonstration.
//!
//! **Invariant.** No password is fixed or printed: each is random and stands in a file that only
//! its owner can read.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use domain::{
    identity::Role,
    kernel::{
        Id, Text,
        kinds::{Organisation, Session},
    },
};

use crate::{
    app::App,
    identity::{self, CreateAccount},
    ids,
    uow::{self, Request},
};

use super::OPERATOR;

const FILE: &str = "demo-accounts.txt";
const PEOPLE: [(&str, &str, Role); 6] = [
    ("keeper", "演示 保管员", Role::Keeper),
    ("dispatcher", "演示 调度员", Role::Dispatcher),
    ("approver", "演示 审批人", Role::Approver),
    ("steward", "演示 数据管理员", Role::DataSteward),
    ("auditor", "演示 审计员", Role::Auditor),
    ("security", "演示 安全管理员", Role::SecurityAdmin),
];
// Those who act in the replay, in the order in which an order needs them.
const WORKING: [Role; 3] = [Role::Dispatcher, Role::Approver, Role::Keeper];
// Without letters and digits that look alike. Two of each class come first, so that a password
// suits either profile.
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";
const LENGTH: usize = 20;

/// The people, and those of them who sit at their desks.
pub(super) struct People {
    /// Where their passwords are.
    pub(super) file: PathBuf,
    /// The tokens of dispatcher, approver and keeper.
    pub(super) tokens: [String; 3],
    /// The sessions to end when the work is done.
    pub(super) sessions: Vec<Id<Session>>,
}

/// Makes the accounts over the whole tree.
pub(super) async fn make(app: &App, root: Id<Organisation>) -> anyhow::Result<People> {
    let mut tokens = BTreeMap::new();
    let mut sessions = Vec::new();
    let mut lines = vec![
        "Accounts of the demonstration: login, password, role. Delete this file when you know them."
            .to_owned(),
    ];
    for (login, name, role) in PEOPLE {
        let password = password();
        let account = CreateAccount {
            id: None,
            login: login.parse()?,
            name: Text::new(name)?,
            password_hash: identity::hash_password(app, password.clone()).await?,
            organisation: root,
            grants: vec![(role, root)],
        };
        let made = uow::execute(app, &Request::operator(OPERATOR), &account).await?;
        if WORKING.contains(&role) {
            let (session, token) = identity::open_session(app, made.output.id).await?;
            sessions.push(session);
            tokens.insert(role, token);
        }
        lines.push(format!("{login}\t{password}\t{role}"));
    }
    let path = app.config.data_directory.join(FILE);
    keep(&path, &lines.join("\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(People {
        file: path,
        tokens: WORKING.map(|role| tokens.remove(&role).unwrap_or_default()),
        sessions,
    })
}

fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    // An older file would keep its own mode.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn password() -> String {
    let random = ids::random::<LENGTH>();
    random
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let signs = [LOWER, UPPER, DIGITS][place % 3];
            char::from(signs[usize::from(*byte) % signs.len()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::identity::PasswordProfile;

    use super::*;

    #[test]
    fn passwords_suit_both_profiles_and_differ() {
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        let login = "keeper".parse().unwrap();
        for profile in PasswordProfile::ALL {
            assert_eq!(profile.flaws(&one, &login), [], "{profile}");
        }
    }
}
