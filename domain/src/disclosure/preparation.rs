//! From a statement that somebody prepared to one that everybody may read.
//!
//! **Invariant.** Who prepared a statement does not publish it. What was published stays so: it is
//! corrected by a newer one and by nothing else.

use crate::kernel::named;

named! {
    /// Where a statement stands.
    pub enum StatementState {
        /// 待发布: its content is fixed, and only those who see its organisation read it.
        Prepared = "prepared",
        /// 已公示
        Published = "published",
        /// 已撤回: given up before anybody outside read it.
        Withdrawn = "withdrawn",
    }
}

/// Why a statement is not published or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// It was published or withdrawn before.
    #[error("the statement is {0} already")]
    Ended(StatementState),
    /// The one who would publish it prepared it.
    #[error("who prepared a statement does not publish it")]
    SamePerson,
}

/// Whether `publisher` may publish what `preparer` prepared.
///
/// # Errors
/// [`PublishError`].
pub fn may_publish(
    state: StatementState,
    preparer: &str,
    publisher: &str,
) -> Result<(), PublishError> {
    may_withdraw(state)?;
    if preparer == publisher {
        return Err(PublishError::SamePerson);
    }
    Ok(())
}

/// Whether a statement may be given up.
///
/// # Errors
/// [`PublishError::Ended`].
pub fn may_withdraw(state: StatementState) -> Result<(), PublishError> {
    match state {
        StatementState::Prepared => Ok(()),
        StatementState::Published | StatementState::Withdrawn => Err(PublishError::Ended(state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_eyes_and_one_end() {
        use StatementState::{Prepared, Published, Withdrawn};
        assert_eq!(may_publish(Prepared, "a", "b"), Ok(()));
        assert_eq!(
            may_publish(Prepared, "a", "a"),
            Err(PublishError::SamePerson)
        );
        for state in [Published, Withdrawn] {
            let ended = Err(PublishError::Ended(state));
            assert_eq!(may_publish(state, "a", "b"), ended);
            assert_eq!(may_withdraw(state), ended);
        }
        assert_eq!(may_withdraw(Prepared), Ok(()));
    }
}
