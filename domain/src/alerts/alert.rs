//! What an alert says.

use chrono::{DateTime, Utc};

use crate::{
    incidents::{Circle, Polygon, WarningColour},
    kernel::named,
    organisations::DivisionCode,
};

named! {
    /// Whom a message is meant for (CAP `status`).
    pub enum MessageStatus {
        /// 实际: to be acted upon by everybody.
        Actual = "Actual",
        /// 演练: only by those who take part.
        Exercise = "Exercise",
        /// Between systems.
        System = "System",
        /// 测试: to be passed over.
        Test = "Test",
        /// 草稿: not to be acted upon.
        Draft = "Draft",
    }
}

named! {
    /// What a message does (CAP `msgType`).
    pub enum MessageKind {
        /// It warns.
        Alert = "Alert",
        /// It takes the place of earlier ones.
        Update = "Update",
        /// It takes earlier ones back.
        Cancel = "Cancel",
        /// It was received.
        Ack = "Ack",
        /// It was refused.
        Error = "Error",
    }
}

named! {
    /// How soon something has to be done.
    pub enum Urgency {
        /// At once.
        Immediate = "Immediate",
        /// Within the hour.
        Expected = "Expected",
        /// Soon.
        Future = "Future",
        /// No more.
        Past = "Past",
        /// Not known.
        Unknown = "Unknown",
    }
}

named! {
    /// How bad it gets, in the words of CAP.
    pub enum Severity {
        /// Extraordinary.
        Extreme = "Extreme",
        /// Significant.
        Severe = "Severe",
        /// Possible.
        Moderate = "Moderate",
        /// Minimal.
        Minor = "Minor",
        /// Not known, or told by a colour.
        Unknown = "Unknown",
    }
}

named! {
    /// How sure it is.
    pub enum Certainty {
        /// Seen.
        Observed = "Observed",
        /// More than half.
        Likely = "Likely",
        /// Less than half.
        Possible = "Possible",
        /// Hardly.
        Unlikely = "Unlikely",
        /// Not known.
        Unknown = "Unknown",
    }
}

/// What tells one message from all others (CAP 3.3.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertName {
    /// Who sent it.
    pub sender: String,
    /// How the sender calls it.
    pub identifier: String,
    /// When it was sent.
    pub sent: DateTime<Utc>,
}

/// A message that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// What tells it from others.
    pub name: AlertName,
    /// Whom it is meant for.
    pub status: MessageStatus,
    /// What it does.
    pub kind: MessageKind,
    /// Earlier messages that it is about.
    pub references: Vec<AlertName>,
    /// What it says, once for each language or danger.
    pub information: Vec<Information>,
}

/// What a message says about one danger in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Information {
    /// RFC 3066; `en-US` where none is named.
    pub language: String,
    /// The kind of danger, in the sender's words.
    pub event: String,
    /// How soon.
    pub urgency: Urgency,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// The colour of the warning, where it says one.
    pub colour: Option<WarningColour>,
    /// Who speaks.
    pub sender_name: Option<String>,
    /// One line.
    pub headline: Option<String>,
    /// From when the message counts.
    pub effective: Option<DateTime<Utc>>,
    /// From when the danger is expected.
    pub onset: Option<DateTime<Utc>>,
    /// Until when the message counts.
    pub expires: Option<DateTime<Utc>>,
    /// Where.
    pub areas: Vec<AlertArea>,
}

/// A part of the ground with what people call it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertArea {
    /// In words.
    pub description: String,
    /// By shapes and codes; none if only words tell where.
    pub parts: Vec<AlertPart>,
}

/// A shape or a code.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertPart {
    /// An administrative division of China.
    Division(DivisionCode),
    /// A code of another kind, kept as it came.
    Other {
        /// Which list it is from.
        name: String,
        /// What it says.
        value: String,
    },
    /// A drawn shape.
    Polygon(Polygon),
    /// Everything within a radius.
    Circle(Circle),
}

impl Alert {
    /// Whether it warns of something: only what is meant for everybody does.
    #[must_use]
    pub fn warns(&self) -> bool {
        let is_warning = matches!(self.kind, MessageKind::Alert | MessageKind::Update);
        self.status == MessageStatus::Actual && is_warning
    }

    /// From when it counts: the earliest that it says, or when it was sent.
    #[must_use]
    pub fn effective(&self) -> DateTime<Utc> {
        let told = self.information.iter();
        let first = told.map(|info| info.effective.unwrap_or(self.name.sent));
        first.min().unwrap_or(self.name.sent)
    }

    /// From when the danger is expected: the earliest that it says, or from when it counts.
    #[must_use]
    pub fn onset(&self) -> DateTime<Utc> {
        let told = self.information.iter();
        let first = told.map(|info| info.onset.or(info.effective).unwrap_or(self.name.sent));
        first.min().unwrap_or(self.name.sent)
    }

    /// Until when it counts: the last that it says, and `None` as soon as one part has no end.
    #[must_use]
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        let ends: Option<Vec<_>> = self.information.iter().map(|info| info.expires).collect();
        ends?.into_iter().max()
    }

    /// What people here read first: what is said in Chinese, or else what is said first.
    #[must_use]
    pub fn told(&self) -> Option<&Information> {
        let chinese = |info: &&Information| info.language.to_ascii_lowercase().starts_with("zh");
        let mut all = self.information.iter();
        all.clone().find(chinese).or_else(|| all.next())
    }

    /// All areas without repetition: what is said in two languages is one area.
    #[must_use]
    pub fn areas(&self) -> Vec<(&AlertArea, Vec<&AlertPart>)> {
        let mut known: Vec<&AlertPart> = Vec::new();
        let mut codes = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        for area in self.information.iter().flat_map(|info| &info.areas) {
            let mut parts = Vec::new();
            for part in &area.parts {
                let is_new = match part {
                    AlertPart::Division(code) => codes.insert(code.prefix().to_owned()),
                    AlertPart::Other { .. } | AlertPart::Polygon(_) | AlertPart::Circle(_) => {
                        let is_new = !known.contains(&part);
                        known.push(part);
                        is_new
                    }
                };
                if is_new {
                    parts.push(part);
                }
            }
            if !parts.is_empty() {
                found.push((area, parts));
            }
        }
        found
    }
}
