//! Closed lists of words that stand in tables and on the wire.
//!
//! **Invariant.** Every value has exactly one name, names are `snake_case` and part of the published
//! contract; what is not on the list is refused, never mapped to a default.

/// Why a text is not one of a closed list of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value must be one of: {}", expected.join(", "))]
pub struct UnknownName {
    /// Every word that would have been accepted.
    pub expected: &'static [&'static str],
}

/// Declares an enum without data together with `ALL`, `name`, `Display`, `FromStr`, `Serialize` and
/// `Deserialize`.
macro_rules! named {
    ($(#[$meta:meta])* $vis:vis enum $type:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $name:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $type { $($(#[$variant_meta])* $variant,)* }

        impl $type {
            /// Every value, in the order of their declaration.
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in tables and on the wire.
            #[must_use]
            $vis const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::kernel::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    _ => Err($crate::kernel::UnknownName { expected: &[$($name,)*] }),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use named;

#[cfg(test)]
mod tests {
    named! {
        /// Two words.
        pub(crate) enum Word {
            /// The first.
            Here = "here",
            /// The second.
            OverThere = "over_there",
        }
    }

    #[test]
    fn a_name_reads_back_as_its_value_and_nothing_else_does() {
        for &word in Word::ALL {
            assert_eq!(word.to_string().parse(), Ok(word));
        }
        let refused = "Here".parse::<Word>().unwrap_err();
        assert_eq!(refused.expected, ["here", "over_there"]);
        assert_eq!(
            refused.to_string(),
            "the value must be one of: here, over_there"
        );
        assert_eq!(
            serde_json::to_string(&Word::OverThere).unwrap(),
            "\"over_there\""
        );
        assert_eq!(
            serde_json::from_str::<Word>("\"over_there\"").unwrap(),
            Word::OverThere
        );
        assert!(serde_json::from_str::<Word>("\"nowhere\"").is_err());
    }
}
