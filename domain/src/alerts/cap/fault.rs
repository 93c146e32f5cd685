//! What is wrong with a document, by the path of the element.

use crate::{
    alerts::MarkupError,
    incidents::{AreaError, CircleError, PolygonError},
    kernel::PlaceError,
};

/// Why a document is no alert.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CapError {
    /// It is no document that is read.
    #[error(transparent)]
    Markup(#[from] MarkupError),
    /// What it says is wrong.
    #[error("{} elements are at fault", .0.len())]
    Faults(Vec<CapFault>),
}

/// What is wrong with one element.
#[derive(Debug, Clone, PartialEq)]
pub struct CapFault {
    /// `/alert/info[2]/expires`; elements that may stand several times are counted from 1.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What may be wrong with an element.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultKind {
    /// It is not there, or empty.
    #[error("this element is required")]
    Missing,
    /// It may stand once.
    #[error("this element may stand once only")]
    Repeated,
    /// The standard has no such element here.
    #[error("CAP 1.2 has no such element here")]
    Unknown,
    /// A word that is none of a list.
    #[error("must be one of: {}", .expected.join(", "))]
    Choice {
        /// The list.
        expected: &'static [&'static str],
    },
    /// Longer than is kept.
    #[error("has at most {max} characters")]
    Length {
        /// The most characters.
        max: usize,
    },
    /// More than are read.
    #[error("at most {max} of these")]
    TooMany {
        /// The most.
        max: usize,
    },
    /// White space, a comma, `<` or `&` where a name has none.
    #[error("a name has no white space, comma, < or &")]
    Name,
    /// Not a moment as CAP writes them.
    #[error("must be a moment with its offset in numbers, like 2026-08-01T03:00:00+08:00")]
    Moment,
    /// It ends before it begins.
    #[error("must be after `effective`, `onset` and, without `effective`, `sent`")]
    Order,
    /// Not triples of names.
    #[error("must be `sender,identifier,sent` of each message, apart by spaces")]
    References,
    /// Not pairs of numbers.
    #[error("must be pairs of latitude and longitude, like 29.1,121.2")]
    Pairs,
    /// Not a centre and a radius.
    #[error("must be a centre and a radius in kilometres, like 29.1,121.2 30")]
    CentreAndRadius,
    /// A place that is none.
    #[error("{0}")]
    Place(PlaceError),
    /// A shape that is none.
    #[error("{0}")]
    Polygon(PolygonError),
    /// A radius that is none.
    #[error("{0}")]
    Circle(CircleError),
    /// All areas together are too much.
    #[error("{0}")]
    Area(AreaError),
}
