//! Whether an incident is being worked on.
//!
//! **Invariant.** New sites, needs and plans belong to an open incident only. Closing waits until
//! nothing is on the road; reopening is allowed, because aftershocks
//! and second floods are real.

use chrono::{DateTime, Utc};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentState {
    /// Being worked on.
    Open {
        /// When it was declared or last reopened, by the server.
        since: DateTime<Utc>,
    },
    /// Worked off.
    Closed {
        /// When it was closed, by the server.
        at: DateTime<Utc>,
    },
}

/// What was asked of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentAction {
    /// Add a site, a need or a plan, or change the area or the grades.
    Work,
    /// End it.
    Close,
    /// Take it up again.
    Reopen,
}

/// Why an incident cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncidentStateError {
    /// It is closed.
    #[error("the incident is closed: reopen it first")]
    Closed {
        /// What was asked.
        action: IncidentAction,
    },
    /// It is open already.
    #[error("the incident is open already")]
    Open,
    /// Orders of this incident are still running: goods would be on the road for nobody.
    #[error("{running_orders} dispatch orders of the incident are still running")]
    Running {
        /// How many orders are neither ended nor still drafts, or were recalled and are not back yet.
        running_orders: u64,
    },
}

impl IncidentState {
    /// Its name on the wire and in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Closed { .. } => "closed",
        }
    }

    /// Asks whether sites, needs, plans, area and grades may change.
    ///
    /// # Errors
    /// [`IncidentStateError::Closed`] for a closed incident.
    pub const fn work(self) -> Result<(), IncidentStateError> {
        match self {
            Self::Open { .. } => Ok(()),
            Self::Closed { .. } => Err(IncidentStateError::Closed {
                action: IncidentAction::Work,
            }),
        }
    }

    /// Ends the incident.
    ///
    /// # Errors
    /// [`IncidentStateError`] when it is closed already or orders are still running.
    pub const fn close(
        self,
        at: DateTime<Utc>,
        running_orders: u64,
    ) -> Result<Self, IncidentStateError> {
        match self {
            Self::Closed { .. } => Err(IncidentStateError::Closed {
                action: IncidentAction::Close,
            }),
            Self::Open { .. } if running_orders > 0 => {
                Err(IncidentStateError::Running { running_orders })
            }
            Self::Open { .. } => Ok(Self::Closed { at }),
        }
    }

    /// Takes a closed incident up again.
    ///
    /// # Errors
    /// [`IncidentStateError::Open`] when it is not closed.
    pub const fn reopen(self, at: DateTime<Utc>) -> Result<Self, IncidentStateError> {
        match self {
            Self::Open { .. } => Err(IncidentStateError::Open),
            Self::Closed { .. } => Ok(Self::Open { since: at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_opens_closes_and_opens_again() {
        let (noon, later) = (DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
        let open = IncidentState::Open { since: noon };
        let closed = IncidentState::Closed { at: later };
        let refused = |action| IncidentStateError::Closed { action };

        assert_eq!(open.work(), Ok(()));
        assert_eq!(closed.work(), Err(refused(IncidentAction::Work)));
        assert_eq!(open.close(later, 0), Ok(closed));
        assert_eq!(
            open.close(later, 2),
            Err(IncidentStateError::Running { running_orders: 2 })
        );
        assert_eq!(closed.close(later, 0), Err(refused(IncidentAction::Close)));
        assert_eq!(open.reopen(later), Err(IncidentStateError::Open));
        assert_eq!(closed.reopen(noon), Ok(open));
    }
}
