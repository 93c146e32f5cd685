//! The rule sets that are shipped.
//!
//! **Invariant.** The figures are the files under `api/data/rules`, each with its source and how far
//! it can be trusted; code adds none. What is provisional says so in its label.

use std::sync::LazyLock;

use domain::rating::RuleSet;

use super::{files, wire::RuleSetDocument};
use crate::problem::Problem;

const FILES: [&str; 1] = [include_str!(
    "../../data/rules/provisional-yardstick-1.toml"
)];

type Known = (RuleSetDocument, RuleSet);

static ALL: LazyLock<Result<Vec<Known>, String>> = LazyLock::new(|| {
    FILES
        .into_iter()
        .map(|file| files::read_known(file).map_err(|problem| problem.to_string()))
        .collect()
});

/// Every rule set that is shipped, by name.
pub(crate) fn all() -> Result<&'static [Known], Problem> {
    match &*ALL {
        Ok(known) => Ok(known),
        Err(error) => Err(Problem::internal(anyhow::anyhow!(error.clone()))),
    }
}

/// The one that is meant where none is asked for.
pub(crate) const DEFAULT: &str = "provisional-yardstick/1";
