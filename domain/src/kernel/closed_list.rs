//! Closed lists of names: enums without data whose text form is a published contract.
//!
//! **Invariant.** Every variant has exactly one name, and only those names are read back.

/// Why a text is not one of a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {list} is one of: {}", known.join(", "))]
pub struct UnknownName {
    /// What was being read.
    pub list: &'static str,
    /// Every name that would have been understood.
    pub known: &'static [&'static str],
}

/// Writes an enum whose variants each have one name: `ALL`, `name()`, `Display` and `FromStr`.
macro_rules! closed_list {
    (
        $(#[$outer:meta])*
        $list:literal $type:ident { $($(#[$inner:meta])* $variant:ident = $name:literal,)+ }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$inner])* $variant,)+ }

        impl $type {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const NAMES: &'static [&'static str] = &[$($name,)+];

            /// Its name on the wire and in tables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
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
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.name() == text)
                    .ok_or($crate::kernel::UnknownName { list: $list, known: Self::NAMES })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

pub(crate) use closed_list;

#[cfg(test)]
mod tests {
    use crate::kernel::Language;

    #[test]
    fn names_are_read_back_and_nothing_else_is() {
        for &language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
            assert_eq!(language.to_string(), language.name());
        }
        let error = "Zh".parse::<Language>().unwrap_err();
        assert_eq!(error.to_string(), "a language is one of: zh, en");
    }
}
