//! What becomes of closures that were drawn from an alert.
//!
//! **Invariant.** What was drawn from an alert goes where the alert goes, with nobody asked: at night a
//! warning that grows has to close more ground before anybody is awake, and roads that stay closed by a
//! warning that was taken back keep help away from people. What a person set stays a person's: a
//! closure whose time somebody gave keeps it, and is never opened by a message. No message opens roads
//! because its area could not be drawn.

use crate::{alerts::Succession, kernel::named};

named! {
    /// What a later message did to a closure.
    pub enum Followed {
        /// It lies where the new alert lies.
        Moved = "moved",
        /// Its roads are open again.
        Lifted = "lifted",
        /// It stays as it was.
        Kept = "kept",
    }
}

/// What a message does to a closure that was drawn from the alert it is about: `time_was_given` if a
/// person said from when or until when, `is_drawable` if the new area closes anything.
#[must_use]
pub const fn follow(succession: Succession, time_was_given: bool, is_drawable: bool) -> Followed {
    match succession {
        Succession::Updates if is_drawable => Followed::Moved,
        Succession::Cancels if !time_was_given => Followed::Lifted,
        Succession::Updates | Succession::Cancels => Followed::Kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_set_no_message_opens() {
        use Followed::{Kept, Lifted, Moved};
        use Succession::{Cancels, Updates};
        for (succession, time_was_given, is_drawable, expected) in [
            (Updates, false, true, Moved),
            (Updates, true, true, Moved),
            (Updates, false, false, Kept),
            (Updates, true, false, Kept),
            (Cancels, false, false, Lifted),
            (Cancels, false, true, Lifted),
            (Cancels, true, false, Kept),
            (Cancels, true, true, Kept),
        ] {
            assert_eq!(follow(succession, time_was_given, is_drawable), expected);
        }
    }
}
