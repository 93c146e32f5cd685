//! What may go in the place of something else.
//!
//! **Invariant.** A member stands here or in another part of the table, not in both.

pub(super) const SUBSTITUTES: &[[&str; 3]] = &[
    ["substitutes", "替代品", "Substitutes"],
    ["substitute", "替代", "Substitute"],
    ["substitutions", "替代发放", "Substitutions"],
    ["rate", "换算比例", "Rate"],
    ["stands_for", "折抵数量", "Stands for"],
    ["because", "缘由", "Because"],
];
