//! Backups of a PostgreSQL database, by its own programs.
//!
//! **Invariant.** A password never stands on a command line, where every user of the machine could
//! read it: the programs get the connection in their environment. A dump was read to its end by
//! `pg_restore` before it gets its name. A restore goes into an empty database, in one transaction.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    str::FromStr,
};

use crate::{config::Config, row_security, storage};
use anyhow::{Context, bail};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
    sqlx::{ConnectOptions as _, postgres::PgConnectOptions},
};
use tempfile::NamedTempFile;

use super::{Restored, Told, compare_schema, watched};

/// Dumps the database to `to` and reads the dump back.
pub(super) async fn dump(config: &Config, to: &Path, told: Told<'_>) -> anyhow::Result<()> {
    let mut command = client(config, "pg_dump")?;
    command.arg("--format=custom").arg("--file").arg(to);
    watched(finish(command, "pg_dump"), to, None, told).await?;
    // Writes all of it as SQL, to nowhere: a dump that was cut off or damaged does not get through.
    let mut command = program(config, "pg_restore");
    command.args(["--file", "-"]).arg(to).stdout(Stdio::null());
    finish(command, "pg_restore").await?;
    Ok(())
}

/// Loads the dump `from` into the database, which must be empty.
pub(super) async fn load(config: &Config, from: &Path, told: Told<'_>) -> anyhow::Result<Restored> {
    let behind = compare_schema(&applied(config, from).await?)?;
    let connection = connect(config).await?;
    let tables = "SELECT COUNT(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
                  WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'";
    let found: i64 = connection
        .query_one_raw(Statement::from_string(DbBackend::Postgres, tables))
        .await?
        .context("the database does not answer")?
        .try_get_by_index(0)?;
    if found > 0 {
        bail!(
            "the database is not empty: it holds {found} tables, views or sequences. Make an empty one (createdb) and name it in database_url; the old one stays as it is"
        );
    }
    let contents = contents(config, from).await?;
    let mut command = client(config, "pg_restore")?;
    command
        .args(["--exit-on-error", "--single-transaction", "--no-owner"])
        .args(["--no-privileges", "--dbname", &database(config)?])
        .arg("--use-list")
        .arg(contents.path())
        .arg(from);
    told(0, None);
    finish(command, "pg_restore").await?;
    let newest = "SELECT CAST(MAX(recorded_at) AS TEXT) FROM journal";
    let up_to = connection
        .query_one_raw(Statement::from_string(DbBackend::Postgres, newest))
        .await?
        .and_then(|row| row.try_get_by_index(0).ok());
    connection.close().await?;
    Ok(Restored {
        before: None,
        up_to,
        behind,
    })
}

// What of a dump is loaded: all but the rules of rows, which name a role that this cluster may not
// have. The server writes its own when it starts.
async fn contents(config: &Config, from: &Path) -> anyhow::Result<NamedTempFile> {
    let mut command = program(config, "pg_restore");
    command.arg("--list").arg(from).stdout(Stdio::piped());
    let listed = finish(command, "pg_restore").await?;
    let mut contents = NamedTempFile::new()?;
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        if !row_security::is_rule(line) {
            writeln!(contents, "{line}")?;
        }
    }
    contents.flush()?;
    Ok(contents)
}

// The migrations that a dump was made with, read from the file alone.
async fn applied(config: &Config, from: &Path) -> anyhow::Result<Vec<String>> {
    let mut command = program(config, "pg_restore");
    command
        .args(["--data-only", "--table=seaql_migrations", "--file", "-"])
        .arg(from)
        .stdout(Stdio::piped());
    let output = finish(command, "pg_restore").await?;
    let text = String::from_utf8_lossy(&output.stdout);
    // COPY public.seaql_migrations (version, applied_at) FROM stdin; rows; \.
    Ok(text
        .lines()
        .skip_while(|line| !line.starts_with("COPY "))
        .skip(1)
        .take_while(|line| *line != "\\.")
        .filter_map(|line| line.split('\t').next())
        .map(str::to_owned)
        .collect())
}

async fn connect(config: &Config) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(storage::url(config));
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .context("cannot reach the PostgreSQL database")
}

fn options(config: &Config) -> anyhow::Result<PgConnectOptions> {
    PgConnectOptions::from_str(&storage::url(config))
        .map_err(|_| anyhow::anyhow!("database_url is not an address of a PostgreSQL database"))
}

fn database(config: &Config) -> anyhow::Result<String> {
    let options = options(config)?;
    Ok(options
        .get_database()
        .unwrap_or_else(|| options.get_username())
        .to_owned())
}

fn program(config: &Config, name: &str) -> Command {
    let path = if config.pg_bin.as_os_str().is_empty() {
        PathBuf::from(name)
    } else {
        config.pg_bin.join(name)
    };
    let mut command = Command::new(path);
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

// A program that knows the way to the database.
fn client(config: &Config, name: &str) -> anyhow::Result<Command> {
    let options = options(config)?;
    let mut command = program(config, name);
    let host = options.get_socket().map_or_else(
        || options.get_host().trim_matches(['[', ']']).into(),
        |socket| socket.as_os_str().to_owned(),
    );
    command
        .stdout(Stdio::null())
        .env("PGHOST", host)
        .env("PGPORT", options.get_port().to_string())
        .env("PGUSER", options.get_username())
        .env("PGDATABASE", database(config)?)
        .env("PGAPPNAME", "relief-depot backup");
    let address = options.to_url_lossy();
    if let Some(password) = address.password() {
        // The address holds it percent-encoded.
        let pair = format!("password={password}");
        for (_, password) in form_urlencoded::parse(pair.as_bytes()) {
            command.env("PGPASSWORD", password.as_ref());
        }
    }
    for (key, value) in address.query_pairs() {
        let variable = match key.as_ref() {
            "sslmode" => "PGSSLMODE",
            "sslrootcert" => "PGSSLROOTCERT",
            "sslcert" => "PGSSLCERT",
            "sslkey" => "PGSSLKEY",
            _ => continue,
        };
        command.env(variable, value.as_ref());
    }
    Ok(command)
}

async fn finish(mut command: Command, name: &str) -> anyhow::Result<Output> {
    let ran = tokio::task::spawn_blocking(move || command.spawn()?.wait_with_output()).await?;
    let output = match ran {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "{name} was not found: install the client programs of PostgreSQL, or set pg_bin (RELIEF_DEPOT_PG_BIN) to their directory"
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot run {name}")),
    };
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{name} failed: {}", complaint.trim());
    }
    Ok(output)
}
