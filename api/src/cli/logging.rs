//! Log lines: for people or for machines.
//!
//! **Invariant.** Logs go to standard error, so that results on standard output stay clean.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, DEFAULTS, LogFormat};

// What a command says of its work is its output; of its log only what went wrong is worth a line.
const OF_A_COMMAND: &str = "warn";

pub(super) fn start(config: &Config, is_server: bool) -> anyhow::Result<()> {
    let filter = if is_server || is_set(&config.log_filter) {
        &config.log_filter
    } else {
        OF_A_COMMAND
    };
    let filter = EnvFilter::try_new(filter)?;
    let lines = fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        // It would complain to the very stream that cannot be written, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => lines.compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging: {error}"))
}

// Whether somebody asked for this filter, and it is not the built-in one.
fn is_set(filter: &str) -> bool {
    !DEFAULTS.contains(&format!("log_filter = \"{filter}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_filter_that_somebody_asked_for_makes_a_command_talk() {
        let built_in = Config::load(None, []).unwrap().log_filter;
        assert!(!is_set(&built_in));
        assert!(is_set("info"));
    }
}
