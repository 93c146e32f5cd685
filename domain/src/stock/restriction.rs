//! What a donor bound goods to, and whether a use is what was meant.
//!
//! **Invariant.** Restricted goods serve only a purpose that is known to fit; an unknown purpose
//! never fits. This is law, not a tag (RULES §4.1): only the recorded consent of the donor
//! changes it.

use crate::{
    kernel::{Id, Text, kinds},
    organisations::DivisionCode,
};

/// The name of a programme, at most 64 characters.
pub type Programme = Text<64>;

/// What goods are bound to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Restriction {
    /// Nothing: the society uses them by its own rules.
    #[default]
    None,
    /// One incident.
    Incident(Id<kinds::Incident>),
    /// People in one division or anywhere inside it.
    Division(DivisionCode),
    /// One programme, by its exact name.
    Programme(Programme),
}

/// What goods are wanted for, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purpose {
    /// The incident they answer.
    pub incident: Option<Id<kinds::Incident>>,
    /// The division where they will be used.
    pub division: Option<DivisionCode>,
    /// The programme they belong to.
    pub programme: Option<Programme>,
}

impl Restriction {
    /// Whether the goods may serve `purpose`.
    #[must_use]
    pub fn permits(&self, purpose: &Purpose) -> bool {
        match self {
            Self::None => true,
            Self::Incident(incident) => purpose.incident == Some(*incident),
            Self::Division(bound_to) => purpose
                .division
                .is_some_and(|used_in| bound_to.covers(&used_in)),
            Self::Programme(programme) => purpose.programme.as_ref() == Some(programme),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn bound_goods_serve_only_what_is_known_to_fit() {
        let incident = |number| Id::from_uuid(Uuid::from_u128(number));
        let programme = |name: &str| Programme::new(name).unwrap();
        let purpose = Purpose {
            incident: Some(incident(1)),
            division: Some("330102001".parse().unwrap()),
            programme: Some(programme("博爱送万家")),
        };
        let check = |restriction: Restriction, expected: bool| {
            assert_eq!(restriction.permits(&purpose), expected, "{restriction:?}");
            let unknown = restriction.permits(&Purpose::default());
            assert_eq!(unknown, restriction == Restriction::None, "{restriction:?}");
        };
        check(Restriction::None, true);
        check(Restriction::Incident(incident(1)), true);
        check(Restriction::Incident(incident(2)), false);
        check(Restriction::Division("330000".parse().unwrap()), true);
        check(Restriction::Division("330102000000".parse().unwrap()), true);
        check(Restriction::Division("330200".parse().unwrap()), false);
        // Goods for one village do not go to the whole township.
        check(
            Restriction::Division("330102001001".parse().unwrap()),
            false,
        );
        check(Restriction::Programme(programme("博爱送万家")), true);
        check(Restriction::Programme(programme("博爱家园")), false);
    }
}
