//! The people of the demonstration.
//!
//! **Invariant.** No password is fixed or printed: each is random and stands in a file that only
//! its owner can read.

use std::{
    collections::{BTreeMap, BTreeSet},
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

use super::{OPERATOR, desk::Names, society::HEAD_OFFICE};

/// Where the passwords are written, in the data directory.
pub(crate) const FILE: &str = "demo-accounts.txt";
const PEOPLE: [(&str, &str, Role); 6] = [
    (KEEPER, "演示 保管员", Role::Keeper),
    (DISPATCHER, "演示 调度员", Role::Dispatcher),
    (APPROVER, "演示 审批人", Role::Approver),
    (STEWARD, "演示 数据管理员", Role::DataSteward),
    ("auditor", "演示 审计员", Role::Auditor),
    ("security", "演示 安全管理员", Role::SecurityAdmin),
];
pub(super) const KEEPER: &str = "keeper";
pub(super) const DISPATCHER: &str = "dispatcher";
pub(super) const APPROVER: &str = "approver";
pub(super) const STEWARD: &str = "steward";
// Those who act while the demonstration is made, beside the receivers.
const WORKING: [&str; 4] = [KEEPER, DISPATCHER, APPROVER, STEWARD];
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
    /// The tokens of those who act, by login.
    pub(super) tokens: BTreeMap<String, String>,
    /// The sessions to end when the work is done.
    pub(super) sessions: Vec<Id<Session>>,
}

/// The login of who signs for an organisation that receives.
pub(super) fn receiver_of(organisation: &str) -> String {
    format!("receiver-{organisation}")
}

/// Makes the accounts over the whole tree, and one for each of the organisations that sign for what
/// they receive: of that organisation and with a keeper's role in it alone.
pub(super) async fn make(
    app: &App,
    names: &Names,
    receivers: &BTreeSet<String>,
) -> anyhow::Result<People> {
    let root = names.organisation(HEAD_OFFICE)?;
    let mut people: Vec<_> = PEOPLE
        .into_iter()
        .map(|(login, name, role)| (login.to_owned(), name.to_owned(), role, root))
        .collect();
    for code in receivers {
        let name = format!("演示 签收人 {code}");
        people.push((
            receiver_of(code),
            name,
            Role::Keeper,
            names.organisation(code)?,
        ));
    }
    let mut made = People {
        file: app.config.data_directory.join(FILE),
        tokens: BTreeMap::new(),
        sessions: Vec::new(),
    };
    let mut lines = vec![
        "Accounts of the demonstration: login, password, role. Delete this file when you know them."
            .to_owned(),
    ];
    for (login, name, role, organisation) in people {
        let password = password();
        let organisation: Id<Organisation> = organisation.parse()?;
        let account = CreateAccount {
            id: None,
            login: login.parse()?,
            name: Text::new(&name)?,
            password_hash: Some(identity::hash_password(app, password.clone()).await?),
            known_as: None,
            // Whoever reads the file holds the account.
            password_given: false,
            organisation,
            grants: vec![(role, organisation)],
        };
        let account = uow::execute(app, &Request::operator(OPERATOR), account).await?;
        lines.push(format!("{login}\t{password}\t{role}"));
        if WORKING.contains(&login.as_str()) || role == Role::Keeper {
            let (session, token) = identity::open_session(app, account.output.id).await?;
            made.sessions.push(session);
            made.tokens.insert(login, token);
        }
    }
    let path = &made.file;
    keep(path, &lines.join("\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(made)
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
    use domain::identity::PolicyProfile;

    use super::*;

    #[test]
    fn passwords_suit_both_profiles_and_differ() {
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        let login = "keeper".parse().unwrap();
        let guesses = zxcvbn::zxcvbn(&one, &[]).guesses();
        for profile in PolicyProfile::ALL {
            let flaws = profile.policy().flaws(&one, &login, guesses);
            assert_eq!(flaws, [], "{profile}");
        }
    }
}
