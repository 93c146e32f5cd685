//! What people read, in both languages.
//!
//! **Invariant.** Neither language is left out.

use std::fmt;

use crate::kernel::Language;

/// One text in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// The text in one language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// Both texts, from what is written in each.
pub(crate) fn words(zh: impl fmt::Display, en: impl fmt::Display) -> Words {
    Words {
        zh: zh.to_string(),
        en: en.to_string(),
    }
}
