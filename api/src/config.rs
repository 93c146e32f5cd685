//! Settings: one documented file, overlaid by `RELIEF_DEPOT_*`, read once.
//!
//! **Invariant.** Nothing else reads the environment. All mistakes are reported together, each
//! naming the setting and where it came from. An unknown setting is a mistake.

mod accounts;
mod oidc;
mod proxies;
mod routing;
mod senders;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use domain::{identity::PolicyProfile, journal::CryptoSuite};
use tracing_subscriber::EnvFilter;

use crate::{
    problem::Language,
    storage::{is_postgres, is_sqlite},
    webhooks::Hosts,
};

pub(crate) use oidc::{Algorithm, Oidc, is_safe};
pub(crate) use proxies::Proxies;
pub use routing::{RoutingSource, RoutingSources};
pub(crate) use senders::Senders;

/// The documented file with every default, as `relief-depot config` prints it.
pub const DEFAULTS: &str = include_str!("../relief-depot.toml");

/// Everything that an operator may set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the embedded database, backups and spooled files lie.
    pub data_directory: PathBuf,
    /// `sqlite://…` or `postgres://…`; empty for SQLite inside the data directory.
    pub database_url: String,
    /// PostgreSQL connections, or SQLite readers, at most.
    pub database_connections_max: u32,
    /// How long a request waits for a connection before it is told that the server is busy.
    pub database_wait: Duration,
    /// How long one statement may run on PostgreSQL while the server serves; zero for no limit.
    pub statement_timeout: Duration,
    /// Where `pg_dump` and `pg_restore` lie; empty to look for them on the PATH.
    pub pg_bin: PathBuf,
    /// The file of the keys that sign checkpoints; empty for journal.key in the data directory.
    pub signing_key: PathBuf,
    /// The hash and the signature of the journal: `std` or `gm`.
    pub crypto_suite: CryptoSuite,
    /// The language of answers to callers that name none.
    pub language: LanguageSetting,
    /// `text` for people, `json` for machines.
    pub log_format: LogFormat,
    /// What to log, as `tracing` filters: `info`, `relief_depot=debug`.
    pub log_filter: String,
    /// Connections served at once at most.
    pub connections_max: u32,
    /// Time for the head of a request to arrive; an idle connection is kept as long.
    pub header_timeout: Duration,
    /// Time for the body of a request to arrive, and for the reader of an exported file to take more
    /// of it.
    pub body_timeout: Duration,
    /// Time that a reader of an answer may take none of it.
    pub write_timeout: Duration,
    /// Time that running requests get when the server is told to stop.
    pub drain_timeout: Duration,
    /// The largest JSON body, in bytes.
    pub body_bytes_max: u64,
    /// The largest uploaded file, in bytes.
    pub file_bytes_max: u64,
    /// The most rows of a list written to one file.
    pub export_rows_max: u64,
    /// Who is asked how far it is, the best first; the great circle is asked last in any case.
    pub routing_sources: RoutingSources,
    /// The road network; empty for `roads.graph` in the data directory, if it is there.
    pub roads_file: PathBuf,
    /// The address of an OSRM server; empty for none.
    pub osrm_url: String,
    /// The address of a Valhalla server; empty for none.
    pub valhalla_url: String,
    /// How long one answer of a routing server is waited for.
    pub routing_timeout: Duration,
    /// Whose alerts are believed.
    pub(crate) alert_senders: Senders,
    /// Whom webhooks may name.
    pub(crate) webhook_hosts: Hosts,
    /// The file of the keys that seal what the database may not tell; empty for secrets.key in the
    /// data directory.
    pub secrets_key: PathBuf,
    /// What one hash of a password takes of memory, in MiB.
    pub password_hash_mib: u32,
    /// How many days a secret of an API key works, until its holder has to draw a new one.
    api_key_secret_days: u32,
    /// Which rules bind accounts: `asvs` or `cn-mlps`.
    pub(crate) account_policy: PolicySetting,
    /// How long a session lasts at most, where that is shorter than the policy's; 0 for the policy's.
    session_lifetime: Duration,
    /// How long a session lasts without being used, likewise.
    session_idle: Duration,
    /// Wrong passwords and codes that one network may send at once; 0 for any number.
    pub(crate) network_failures_free: u32,
    /// Whose word about the caller's address is taken.
    pub(crate) trusted_proxies: Proxies,
    pub(crate) oidc: Option<Oidc>,
}

/// The language setting: `zh` or `en`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageSetting(pub(crate) Language);

impl FromStr for LanguageSetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zh" => Ok(Self(Language::Zh)),
            "en" => Ok(Self(Language::En)),
            _ => Err("must be `zh` or `en`".to_owned()),
        }
    }
}

/// The rules for accounts: `asvs` or `cn-mlps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PolicySetting(PolicyProfile);

impl FromStr for PolicySetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| "must be `asvs` or `cn-mlps`".to_owned())
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be `text` or `json`".to_owned()),
        }
    }
}

/// All that is wrong with the settings.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl std::fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "the settings have {} mistake(s):", self.0.len())?;
        for error in &self.0 {
            writeln!(f, "  {error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl Config {
    pub(crate) const ENVIRONMENT_PREFIX: &str = "RELIEF_DEPOT_";

    /// Overlays the defaults with the file's text, if any, and the environment.
    ///
    /// # Errors
    /// Every mistake of both, together.
    pub fn load(
        file: Option<(&str, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut settings = Settings::default();
        settings.overlay_toml("the built-in defaults", DEFAULTS);
        if let Some((name, text)) = file {
            settings.overlay_toml(name, text);
        }
        settings.overlay_environment(environment);
        let config = Self {
            listen: settings.take("listen"),
            data_directory: settings.take("data_directory"),
            database_url: settings.checked("database_url", |url: &String| {
                let known = url.is_empty() || is_sqlite(url) || is_postgres(url);
                known
                    .then_some(())
                    .ok_or_else(|| "must start with sqlite: or postgres:".to_owned())
            }),
            database_connections_max: settings.bounded("database_connections_max", 1, 1_000),
            database_wait: settings.seconds("database_wait_s", 1, 300),
            statement_timeout: settings.seconds("statement_timeout_s", 1, 3_600),
            pg_bin: settings.take("pg_bin"),
            signing_key: settings.take("signing_key"),
            crypto_suite: settings.take("crypto_suite"),
            language: settings.take("language"),
            log_format: settings.take("log_format"),
            log_filter: settings.checked("log_filter", |filter: &String| {
                EnvFilter::try_new(filter)
                    .map(drop)
                    .map_err(|error| error.to_string())
            }),
            connections_max: settings.bounded("connections_max", 1, 100_000),
            header_timeout: settings.seconds("header_timeout_s", 1, 300),
            body_timeout: settings.seconds("body_timeout_s", 1, 3_600),
            write_timeout: settings.seconds("write_timeout_s", 1, 3_600),
            drain_timeout: settings.seconds("drain_timeout_s", 1, 600),
            body_bytes_max: settings.bounded("body_bytes_max", 1_024, 1 << 30),
            file_bytes_max: settings.bounded("file_bytes_max", 1_024, 1 << 32),
            export_rows_max: settings.bounded("export_rows_max", 1, 1_048_575),
            routing_sources: settings.take("routing_sources"),
            roads_file: settings.take("roads_file"),
            osrm_url: settings.checked("osrm_url", |url: &String| routing::is_address(url)),
            valhalla_url: settings.checked("valhalla_url", |url: &String| routing::is_address(url)),
            routing_timeout: settings.seconds("routing_timeout_s", 1, 60),
            alert_senders: settings.take("alert_senders"),
            webhook_hosts: settings.take("webhook_hosts"),
            secrets_key: settings.take("secrets_key"),
            password_hash_mib: settings.bounded("password_hash_mib", 1, 1_024),
            api_key_secret_days: settings.bounded("api_key_secret_days", 1, 3_650),
            account_policy: settings.take("account_policy"),
            session_lifetime: settings.seconds("session_lifetime_s", 0, 30 * 86_400),
            session_idle: settings.seconds("session_idle_s", 0, 30 * 86_400),
            network_failures_free: settings.bounded("network_failures_free", 0, 1_000_000),
            trusted_proxies: settings.take("trusted_proxies"),
            oidc: oidc::read(&mut settings),
        };
        settings.finish(config)
    }
}

// A setting's text and where it came from.
#[derive(Default)]
struct Settings {
    values: BTreeMap<String, (String, String)>,
    errors: Vec<String>,
}

impl Settings {
    fn overlay_toml(&mut self, origin: &str, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let (line, column) = place(text, error.span().map_or(0, |span| span.start));
                self.errors
                    .push(format!("{origin}:{line}:{column}: {}", error.message()));
                return;
            }
        };
        let first = self.values.is_empty();
        for (key, value) in table {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => {
                    self.errors.push(format!(
                        "{origin}: `{key}` must be a text or a whole number"
                    ));
                    continue;
                }
            };
            self.set(first, key, text, origin.to_owned());
        }
    }

    fn overlay_environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(Config::ENVIRONMENT_PREFIX) else {
                continue;
            };
            // Names that scripts and tests use beside the server are not settings.
            if matches!(key, "CONFIG" | "SEED" | "TEST_DATABASES" | "TOKEN") {
                continue;
            }
            self.set(false, key.to_lowercase(), value, name.clone());
        }
    }

    fn set(&mut self, first: bool, key: String, value: String, origin: String) {
        if !first && !self.values.contains_key(&key) {
            self.errors
                .push(format!("{origin}: there is no setting `{key}`"));
            return;
        }
        self.values.insert(key, (value, origin));
    }

    fn take<T: FromStr + Fallback>(&mut self, key: &str) -> T
    where
        T::Err: std::fmt::Display,
    {
        let (text, origin) = self.values.get(key).cloned().unwrap_or_default();
        text.parse().unwrap_or_else(|error| {
            self.errors
                .push(format!("{origin}: `{key}` is `{text}`: {error}"));
            T::fallback()
        })
    }

    fn bounded<T>(&mut self, key: &str, least: T, most: T) -> T
    where
        T: FromStr + Fallback + PartialOrd + std::fmt::Display + Copy,
        T::Err: std::fmt::Display,
    {
        let value: T = self.take(key);
        if value < least || value > most {
            let origin = self.values.get(key).map_or("", |(_, origin)| origin);
            self.errors
                .push(format!("{origin}: `{key}` must be from {least} to {most}"));
        }
        value
    }

    // A text that has to be more than a text. The address of a database may hold a password, so
    // that the value is not repeated.
    fn checked(&mut self, key: &str, check: impl Fn(&String) -> Result<(), String>) -> String {
        let value: String = self.take(key);
        if let Err(error) = check(&value) {
            let origin = self.values.get(key).map_or("", |(_, origin)| origin);
            self.errors.push(format!("{origin}: `{key}` {error}"));
        }
        value
    }

    fn seconds(&mut self, key: &str, least: u64, most: u64) -> Duration {
        Duration::from_secs(self.bounded(key, least, most))
    }

    fn finish(self, config: Config) -> Result<Config, ConfigErrors> {
        if self.errors.is_empty() {
            Ok(config)
        } else {
            Err(ConfigErrors(self.errors))
        }
    }
}

// The line and the column of a byte of a text, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

// What stands in for a setting that could not be read, until all mistakes are reported.
trait Fallback {
    fn fallback() -> Self;
}

macro_rules! fallback {
    ($($type:ty = $value:expr;)*) => { $(impl Fallback for $type { fn fallback() -> Self { $value } })* };
}

fallback! {
    SocketAddr = SocketAddr::from(([127, 0, 0, 1], 7420));
    PathBuf = PathBuf::new();
    String = String::new();
    u32 = 1;
    u64 = 60;
    CryptoSuite = Self::Std;
    LanguageSetting = Self(Language::Zh);
    LogFormat = Self::Text;
    RoutingSources = Self(Vec::new());
    Hosts = Self::Public;
    PolicySetting = Self(PolicyProfile::Asvs);
    Senders = Self::default();
    Proxies = Self::default(); oidc::Algorithms = Self(Vec::new());
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn the_defaults_are_safe() {
        let config = Config::load(None, []).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:7420");
        assert_eq!(config.data_directory, PathBuf::from("data"));
    }

    #[test]
    fn a_setting_shortens_sessions_and_never_lengthens_them() {
        for (policy, set, idle_s) in [
            ("asvs", "0", 7_200),
            ("asvs", "600", 600),
            ("asvs", "86400", 7_200),
            ("cn-mlps", "0", 1_800),
        ] {
            let set = [
                ("RELIEF_DEPOT_ACCOUNT_POLICY", policy),
                ("RELIEF_DEPOT_SESSION_IDLE_S", set),
            ];
            let config = Config::load(None, environment(&set)).unwrap();
            assert_eq!(config.session_idle(), TimeDelta::seconds(idle_s), "{set:?}");
            assert_eq!(config.session_lifetime(), TimeDelta::hours(12));
        }
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = Config::load(
            Some((
                "here.toml",
                "listen = \"127.0.0.1:1\"\nconnections_max = 7\n",
            )),
            environment(&[("RELIEF_DEPOT_LISTEN", "127.0.0.1:2"), ("HOME", "x")]),
        )
        .unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.connections_max, 7);
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let errors = Config::load(
            Some((
                "here.toml",
                "listen = \"nowhere\"\ncolour = \"red\"\nlog_format = \"xml\"\n",
            )),
            environment(&[
                ("RELIEF_DEPOT_CONNECTIONS_MAX", "0"),
                ("RELIEF_DEPOT_LISTNE", "x"),
                (
                    "RELIEF_DEPOT_DATABASE_URL",
                    "mysql://depot:secret@host/depot",
                ),
                ("RELIEF_DEPOT_LOG_FILTER", "api=loud"),
            ]),
        )
        .unwrap_err();
        let all = errors.to_string();
        for part in [
            "listen",
            "colour",
            "log_format",
            "connections_max",
            "RELIEF_DEPOT_LISTNE",
            "database_url",
            "log_filter",
        ] {
            assert!(all.contains(part), "{part} in {all}");
        }
        assert_eq!(errors.0.len(), 7, "{all}");
        assert!(!all.contains("secret"), "{all}");
    }

    #[test]
    fn a_file_that_cannot_be_read_says_where_and_hides_nothing() {
        let file = "listen = \"127.0.0.1:1\"\nlog_format = = \"text\"\n";
        let set = environment(&[("RELIEF_DEPOT_CONNECTIONS_MAX", "0")]);
        let errors = Config::load(Some(("here.toml", file)), set).unwrap_err();
        assert_eq!(errors.0.len(), 2, "{errors}");
        assert!(errors.0[0].starts_with("here.toml:2:14: "), "{errors}");
    }
}
