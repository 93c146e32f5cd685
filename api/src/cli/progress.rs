//! How far long work is: a bar for people, nothing for files and pipes.
//!
//! **Invariant.** Progress goes to standard error, and only to a terminal: what a script reads is
//! never mixed with it.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Rows,
    Steps,
}

/// One piece of long work.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    unit: Unit,
}

impl Progress {
    /// Begins to show work that is called `what`.
    pub(super) fn begin(what: &str, unit: Unit) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        bar.set_message(what.to_owned());
        bar.set_style(style(unit, false));
        bar.enable_steady_tick(TICK);
        Self { bar, unit }
    }

    /// Shows which part of the work is under way.
    pub(super) fn name(&self, what: &str) {
        if self.bar.message() != what {
            self.bar.set_message(what.to_owned());
            self.bar.reset();
        }
    }

    /// Shows that so much is done, and of how much, if that is known.
    pub(super) fn at(&self, done: u64, total: Option<u64>) {
        if self.bar.length() != total {
            self.bar.set_style(style(self.unit, total.is_some()));
            match total {
                Some(total) => self.bar.set_length(total),
                None => self.bar.unset_length(),
            }
        }
        self.bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(unit: Unit, bounded: bool) -> ProgressStyle {
    let template = match (unit, bounded) {
        (Unit::Bytes, true) => "{msg} [{wide_bar}] {bytes}/{total_bytes}, {eta} left",
        (Unit::Bytes, false) => "{spinner} {msg} {bytes}, {elapsed}",
        (Unit::Rows, true) => {
            "{msg} [{wide_bar}] {human_pos}/{human_len} rows, {per_sec}, {eta} left"
        }
        (Unit::Rows, false) => "{spinner} {msg} {human_pos} rows, {per_sec}, {elapsed}",
        (Unit::Steps, true) => "{msg} [{wide_bar}] {pos}/{len}, {elapsed}",
        (Unit::Steps, false) => "{spinner} {msg} {pos}, {elapsed}",
    };
    // The templates are ours; one that does not parse would only look plainer.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
