//! The setting that names whose alerts are believed.
//!
//! **Invariant.** Nobody is believed who is not named.

use std::{collections::BTreeSet, str::FromStr};

/// Senders of alerts that are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Senders(BTreeSet<String>);

impl Senders {
    pub(crate) fn contains(&self, sender: &str) -> bool {
        self.0.contains(sender)
    }
}

impl FromStr for Senders {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let read = names.map(|name| {
            let is_foreign = name.contains(char::is_whitespace) || name.contains(['<', '&']);
            if is_foreign || name == "*" {
                return Err(format!(
                    "`{name}` is no sender of alerts, as CAP names them"
                ));
            }
            Ok(name.to_owned())
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_believed() {
        let named: Senders = "33020041600000, cap@example.org".parse().unwrap();
        for (sender, expected) in [
            ("33020041600000", true),
            ("cap@example.org", true),
            ("CAP@example.org", false),
            ("3302004160000", false),
            ("", false),
        ] {
            assert_eq!(named.contains(sender), expected, "{sender}");
        }
        assert_eq!("".parse(), Ok(Senders::default()));
        for wrong in ["*", "a b", "a&b"] {
            assert!(wrong.parse::<Senders>().is_err(), "{wrong}");
        }
    }
}
