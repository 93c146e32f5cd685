//! The two languages in which people are answered.
//!
//! **Invariant.** Language changes words, never codes, numbers or the order of things.

super::named::named! {
    /// In which language a sentence is written.
    pub enum Language {
        /// 中文, what the people of a Chinese society read.
        Zh = "zh",
        /// English.
        En = "en",
    }
}
