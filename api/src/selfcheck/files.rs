//! Who may read and change what lies on the disk.
//!
//! **Invariant.** Judged by the permissions of the file itself, whoever runs this.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{config::Config, journal, storage};

use super::Row;

/// Reading, writing or entering by anybody but the owner.
const BY_OTHERS: u32 = 0o077;
/// Writing by anybody but the owner.
const CHANGED_BY_OTHERS: u32 = 0o022;

pub(super) fn rows(config: &Config, settings_file: Option<&Path>) -> Vec<Row> {
    vec![
        data_directory(&config.data_directory),
        database_file(config),
        signing_key(&journal::key_file(config)),
        settings(settings_file),
        data_files(config),
    ]
}

fn data_directory(directory: &Path) -> Row {
    const ID: &str = "data_directory_permissions";
    let found = match seen(directory) {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Row::not_checked(ID, "数据目录还不存在", "there is no data directory yet")
                .seen(directory.display().to_string());
        }
        Err(error) => return Row::unknown(ID, &error),
    };
    let row = match mode(&found) {
        mode if mode & CHANGED_BY_OTHERS != 0 => Row::fault(
            ID,
            "旁人能在数据目录里增删文件，可以换掉数据库；请执行 chmod 700",
            "others can add and remove files in the data directory, and so exchange the database; chmod 700 it",
        ),
        mode if mode & BY_OTHERS != 0 => Row::warning(
            ID,
            "旁人能看到数据目录里有哪些文件；建议 chmod 700",
            "others can see which files are in the data directory; chmod 700 it",
        ),
        _ => Row::ok(
            ID,
            "数据目录只归其主人",
            "the data directory is its owner's alone",
        ),
    };
    row.seen(told(directory, &found))
}

fn database_file(config: &Config) -> Row {
    const ID: &str = "database_file_permissions";
    let Some(file) = storage::sqlite_file(config) else {
        return Row::not_checked(
            ID,
            "数据库在 PostgreSQL 服务器上，其文件由该服务器保管",
            "the database is PostgreSQL's, and so are its files",
        );
    };
    let files = ["", "-wal", "-shm"].map(|suffix| {
        let mut name = file.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    });
    alone(
        ID,
        &files,
        (
            "旁人能读写数据库文件，其中有人名、电话与口令散列；请执行 chmod 600",
            "others can read or write the database, which holds names, telephone numbers and hashes of passwords; chmod 600 it",
        ),
        (
            "数据库文件只归其主人",
            "the files of the database are their owner's alone",
        ),
    )
}

fn signing_key(file: &Path) -> Row {
    alone(
        "signing_key_permissions",
        &[file.to_owned()],
        (
            "旁人能读到签名私钥，可以伪造检查点；请执行 chmod 600，并换用新密钥",
            "others can read the key that signs checkpoints and forge them; chmod 600 it, and put a new key beside it",
        ),
        ("签名私钥只归其主人", "the signing key is its owner's alone"),
    )
}

// Files that nobody else may touch; those that are not there are left out.
fn alone(
    id: &'static str,
    files: &[PathBuf],
    fault: (&'static str, &'static str),
    ok: (&'static str, &'static str),
) -> Row {
    let mut lines = Vec::new();
    let mut is_open = false;
    for file in files {
        match seen(file) {
            Ok(Some(found)) => {
                is_open |= mode(&found) & BY_OTHERS != 0;
                lines.push(told(file, &found));
            }
            Ok(None) => {}
            Err(error) => return Row::unknown(id, &error),
        }
    }
    if lines.is_empty() {
        let named = files.first().map(|file| file.display().to_string());
        return Row::not_checked(id, "文件还不存在", "there is no such file yet")
            .seen(named.unwrap_or_default());
    }
    let row = if is_open {
        Row::fault(id, fault.0, fault.1)
    } else {
        Row::ok(id, ok.0, ok.1)
    };
    row.seen(lines.join(", "))
}

fn settings(file: Option<&Path>) -> Row {
    const ID: &str = "settings_file_permissions";
    let Some(file) = file else {
        return Row::ok(ID, "没有用配置文件", "no settings file is used");
    };
    let (found, text) = match (seen(file), fs::read_to_string(file)) {
        (Ok(Some(found)), Ok(text)) => (found, text),
        (Ok(None), _) => {
            return Row::ok(ID, "没有用配置文件", "no settings file is used");
        }
        (Err(error), _) => return Row::unknown(ID, &error),
        (_, Err(error)) => return Row::unknown(ID, &error.into()),
    };
    let holds_secret = holds_password(&text);
    let row = match mode(&found) {
        mode if mode & CHANGED_BY_OTHERS != 0 => Row::fault(
            ID,
            "旁人能改配置文件；请执行 chmod 600",
            "others can change the settings; chmod 600 the file",
        ),
        mode if mode & BY_OTHERS != 0 && holds_secret => Row::fault(
            ID,
            "配置文件里有数据库口令，而旁人能读；请执行 chmod 600",
            "the settings hold the password of the database, and others can read them; chmod 600 the file",
        ),
        _ => Row::ok(
            ID,
            "配置文件里没有旁人能读到的秘密，旁人也改不了",
            "nobody else can change the settings or read a secret in them",
        ),
    };
    let secret = if holds_secret { "with" } else { "without" };
    row.seen(format!("{}, {secret} a password", told(file, &found)))
}

fn holds_password(settings: &str) -> bool {
    let table: toml::Table = settings.parse().unwrap_or_default();
    let url = table.get("database_url").and_then(toml::Value::as_str);
    let url = url.and_then(|url| reqwest::Url::parse(url).ok());
    url.is_some_and(|url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
    })
}

// Everything else that lies in the data directory: backups, passwords of the demonstration, spools.
fn data_files(config: &Config) -> Row {
    const ID: &str = "data_files_permissions";
    let judged = [
        storage::sqlite_file(config).unwrap_or_default(),
        journal::key_file(config),
    ];
    let mut open = Vec::new();
    let mut looked_at = 0_u32;
    let files = match fs::read_dir(&config.data_directory) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Row::not_checked(ID, "数据目录还不存在", "there is no data directory yet");
        }
        Err(error) => return Row::unknown(ID, &error.into()),
    };
    for file in files {
        let found = file.and_then(|file| Ok((file.path(), file.metadata()?)));
        let (path, found) = match found {
            Ok(found) => found,
            Err(error) => return Row::unknown(ID, &error.into()),
        };
        // Locks are empty, and roads are public.
        let says_nothing = found.len() == 0 || path.extension().is_some_and(|it| it == "graph");
        if !found.is_file() || says_nothing || judged.contains(&path) {
            continue;
        }
        looked_at += 1;
        if mode(&found) & BY_OTHERS != 0 {
            open.push(told(&path, &found));
        }
    }
    if open.is_empty() {
        return Row::ok(
            ID,
            "数据目录里的其他文件（备份、演示口令等）只归其主人",
            "what else lies in the data directory, such as backups, is its owner's alone",
        )
        .seen(format!("{looked_at} files"));
    }
    Row::fault(
        ID,
        "旁人能读写数据目录里的文件；请执行 chmod 600",
        "others can read or write files in the data directory; chmod 600 them",
    )
    .seen(open.join(", "))
}

fn seen(path: &Path) -> anyhow::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::Error::from(error).context(path.display().to_string())),
    }
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn told(path: &Path, found: &Metadata) -> String {
    format!("{} {:04o}", path.display(), mode(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_settings_is_seen() {
        for (settings, holds) in [
            ("", false),
            ("listen = \"127.0.0.1:1\"", false),
            ("database_url = \"\"", false),
            ("database_url = \"postgres://depot@db/depot\"", false),
            ("database_url = \"postgres://depot:word@db/depot\"", true),
            (
                "database_url = \"postgres://depot@db/depot?password=word\"",
                true,
            ),
            ("# database_url = \"postgres://depot:word@db/depot\"", false),
        ] {
            assert_eq!(holds_password(settings), holds, "{settings}");
        }
    }
}
