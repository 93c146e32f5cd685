//! CAP 1.2 (OASIS, 2010): a document as an alert.
//!
//! **Invariant.** All faults are told at once, each by the path of its element. An element that the
//! standard does not know is a fault: a misspelt `expires` would else be a warning without an end.

mod area;
mod element;
mod fault;

use chrono::{DateTime, Utc};

pub use fault::{CapError, CapFault, FaultKind};

use crate::incidents::WarningColour;

use super::{
    Alert, AlertName, Information, MessageKind, Severity,
    markup::{self, Node},
};
use area::Budgets;
use element::{Element, Faults};

const INFORMATION_MAX: usize = 32;
const REFERENCES_MAX: usize = 100;
const NAME_MAX: usize = 200;
const LINE_MAX: usize = 500;
const TEXT_MAX: usize = 20_000;

const OF_ALERT: &[&str] = &[
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
    "code",
    "note",
    "references",
    "incidents",
    "info",
];
const OF_INFO: &[&str] = &[
    "language",
    "category",
    "event",
    "responseType",
    "urgency",
    "severity",
    "certainty",
    "audience",
    "eventCode",
    "effective",
    "onset",
    "expires",
    "senderName",
    "headline",
    "description",
    "instruction",
    "web",
    "contact",
    "parameter",
    "resource",
    "area",
];
const REPEATABLE: &[&str] = &[
    "code",
    "info",
    "category",
    "responseType",
    "eventCode",
    "parameter",
    "resource",
    "area",
    "polygon",
    "circle",
    "geocode",
];
const SCOPES: &[&str] = &["Public", "Restricted", "Private"];
const CATEGORIES: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];

/// Reads a document.
///
/// # Errors
/// [`CapError`] for what is no document that is read, or all that is wrong with what it says.
pub fn read(bytes: &[u8]) -> Result<Alert, CapError> {
    let root = markup::tree(bytes)?;
    let mut faults = Faults::default();
    let alert = alert(&root, &mut faults);
    match alert {
        Some(alert) if faults.is_empty() => Ok(alert),
        _ => Err(CapError::Faults(faults.into_list())),
    }
}

fn alert(root: &Node, faults: &mut Faults) -> Option<Alert> {
    let at = Element::root(root);
    at.check(OF_ALERT, REPEATABLE, faults);
    let identifier = at
        .required("identifier", faults)
        .and_then(|it| it.name(faults));
    let sender = at.required("sender", faults).and_then(|it| it.name(faults));
    let sent = at.required("sent", faults).and_then(|it| it.moment(faults));
    let status = at.required("status", faults).and_then(|it| it.word(faults));
    let kind: Option<MessageKind> = at
        .required("msgType", faults)
        .and_then(|it| it.word(faults));
    if let Some(scope) = at.required("scope", faults) {
        scope.one_of(SCOPES, faults);
    }
    let references = references(&at, kind, faults);
    let told = at.all("info");
    if told.len() > INFORMATION_MAX {
        at.below("info").fault(
            FaultKind::TooMany {
                max: INFORMATION_MAX,
            },
            faults,
        );
        return None;
    }
    if told.is_empty() && matches!(kind, Some(MessageKind::Alert | MessageKind::Update)) {
        at.below("info").fault(FaultKind::Missing, faults);
    }
    let mut budgets = Budgets::default();
    let read: Vec<_> = told
        .into_iter()
        .map(|info| information(&info, sent, &mut budgets, faults))
        .collect();
    Some(Alert {
        name: AlertName {
            sender: sender?,
            identifier: identifier?,
            sent: sent?,
        },
        status: status?,
        kind: kind?,
        references: references?,
        information: read.into_iter().collect::<Option<_>>()?,
    })
}

/// `sender,identifier,sent` of each, apart by white space.
fn references(
    at: &Element<'_>,
    kind: Option<MessageKind>,
    faults: &mut Faults,
) -> Option<Vec<AlertName>> {
    let Some(found) = at.first("references") else {
        // What changes or takes back says what.
        if matches!(kind, Some(MessageKind::Update | MessageKind::Cancel)) {
            at.below("references").fault(FaultKind::Missing, faults);
            return None;
        }
        return Some(Vec::new());
    };
    let words: Vec<_> = found.text().split_whitespace().collect();
    if words.len() > REFERENCES_MAX {
        found.fault(
            FaultKind::TooMany {
                max: REFERENCES_MAX,
            },
            faults,
        );
        return None;
    }
    let read = words.into_iter().map(|word| {
        let mut parts = word.split(',');
        let (sender, identifier, sent) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = parts.next().is_none() && !sender.is_empty() && !identifier.is_empty();
        let fits = is_whole
            && sender.chars().count() <= NAME_MAX
            && identifier.chars().count() <= NAME_MAX;
        Some(AlertName {
            sender: fits.then(|| sender.to_owned())?,
            identifier: identifier.to_owned(),
            sent: element::moment(sent)?,
        })
    });
    let read: Option<Vec<_>> = read.collect();
    let read = read.filter(|names| !names.is_empty());
    if read.is_none() {
        found.fault(FaultKind::References, faults);
    }
    read
}

fn information(
    at: &Element<'_>,
    sent: Option<DateTime<Utc>>,
    budgets: &mut Budgets,
    faults: &mut Faults,
) -> Option<Information> {
    at.check(OF_INFO, REPEATABLE, faults);
    let categories = at.all("category");
    if categories.is_empty() {
        at.below("category").fault(FaultKind::Missing, faults);
    }
    for category in categories {
        category.one_of(CATEGORIES, faults);
    }
    let event = at
        .required("event", faults)
        .and_then(|it| it.line(NAME_MAX, faults));
    let urgency = at
        .required("urgency", faults)
        .and_then(|it| it.word(faults));
    let severity = at
        .required("severity", faults)
        .and_then(|it| severity(&it, faults));
    let certainty = at
        .required("certainty", faults)
        .and_then(|it| it.word(faults));
    let mut moment = |name| match at.first(name) {
        Some(found) => found.moment(faults).map(Some),
        None => Some(None),
    };
    let (effective, onset, expires) = (moment("effective"), moment("onset"), moment("expires"));
    if let (Some(effective), Some(onset), Some(Some(end))) = (effective, onset, expires) {
        let begins = [effective.or(sent), onset].into_iter().flatten().max();
        if begins.is_some_and(|begin| end <= begin) {
            at.below("expires").fault(FaultKind::Order, faults);
        }
    }
    let mut line = |name, max| match at.first(name) {
        Some(found) if found.text().is_empty() => Some(None),
        Some(found) => found.line(max, faults).map(Some),
        None => Some(None),
    };
    let (language, sender_name) = (line("language", NAME_MAX), line("senderName", NAME_MAX));
    let headline = line("headline", LINE_MAX);
    for name in ["description", "instruction"] {
        if let Some(found) = at.first(name) {
            found.limit(TEXT_MAX, faults);
        }
    }
    let areas = area::areas(at, budgets, faults);
    let (severity, by_word) = severity?;
    let (event, headline) = (event?, headline?);
    let colour = by_word.or_else(|| colour_of(headline.as_deref().unwrap_or(&event)));
    Some(Information {
        language: language?.unwrap_or_else(|| "en-US".to_owned()),
        event,
        urgency: urgency?,
        severity,
        certainty: certainty?,
        colour,
        sender_name: sender_name?,
        headline,
        effective: effective?,
        onset: onset?,
        expires: expires?,
        areas: areas?,
    })
}

// Chinese senders tell a colour here; what CAP calls it is not for us to say (RULES §6).
fn severity(at: &Element<'_>, faults: &mut Faults) -> Option<(Severity, Option<WarningColour>)> {
    match at.text().to_ascii_lowercase().parse::<WarningColour>() {
        Ok(colour) => Some((Severity::Unknown, Some(colour))),
        Err(_) => Some((at.word(faults)?, None)),
    }
}

/// The colour that a Chinese headline names, if it names one.
fn colour_of(text: &str) -> Option<WarningColour> {
    use crate::kernel::Language::Zh;
    let named = |colour: &&WarningColour| {
        let word = colour.title(Zh);
        text.contains(&format!("{word}预警")) || text.contains(&format!("{word}警报"))
    };
    let mut found = WarningColour::ALL.iter().filter(named);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
