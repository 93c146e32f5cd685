//! The two languages in which people are answered.
//!
//! **Invariant.** Language changes words, never codes, numbers or the order of things.

super::closed_list::closed_list! {
    /// In which language a sentence is written.
    "language" Language {
        /// 中文, what the people of a Chinese society read.
        Zh = "zh",
        /// English.
        En = "en",
    }
}
