//! The words of a file in Chinese for the values of closed lists.
//!
//! **Invariant.** What an import reads is written as the import reads it; in English a value is the
//! API's own. A value without a word stays what the API says.

use crate::exchange::{columns::Choice, kinds};

const ACCOUNTS: &[Choice] = &[choice("zone", "在库"), choice("road", "在途")];
const WITHHELD: &[Choice] = &[choice("recalled", "召回"), choice("expired", "过期")];
const RESTRICTIONS: &[Choice] = &[
    choice("none", "不定向"),
    choice("incident", "定向灾害事件"),
    choice("division", "定向区划"),
    choice("programme", "定向项目"),
];

const fn choice(key: &'static str, zh: &'static str) -> Choice {
    Choice { key, zh, en: key }
}

/// The lists that the member at a path takes its values from.
pub(super) fn of(path: &[String]) -> &'static [&'static [Choice]] {
    use kinds::{depots, divisions, opening_stock, organisations};
    const CONDITIONS: &[Choice] = opening_stock::CONDITIONS;
    match path.join(".").as_str() {
        "level" => &[
            organisations::SOCIETIES,
            organisations::BODIES,
            divisions::LEVELS,
        ],
        "operation" => &[depots::OPERATIONS],
        "condition" => &[CONDITIONS],
        "account" => &[ACCOUNTS],
        "withheld" => &[WITHHELD, CONDITIONS],
        "restriction.kind" | "to_restriction.kind" => &[RESTRICTIONS],
        _ => &[],
    }
}

/// The word for a value.
pub(super) fn word(lists: &[&[Choice]], value: &str) -> Option<&'static str> {
    let mut choices = lists.iter().copied().flatten();
    choices
        .find(|choice| choice.key == value)
        .map(|choice| choice.zh)
}
