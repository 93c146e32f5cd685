//! How far a figure can be trusted.
//!
//! **Invariant.** A figure that came from outside has exactly one mark; what was deduced never reads
//! as if it had been read.

use super::named;

named! {
    /// How far a figure can be trusted; the marks of RULES.
    pub enum Confidence {
        /// The figure was read in the text of the source named.
        Verbatim = "V",
        /// The figure was read in a page that reports the source.
        SecondHand = "S",
        /// The figure was deduced.
        Inferred = "I",
    }
}
