//! Typed ids by the TypeID specification 0.3: `depot_01h455vb4pex5vsknk084sn02q`.
//!
//! **Invariant.** An `Id<Depot>` can never be passed where an `Id<Item>` is wanted, in code or on
//! the wire: the prefix is part of the text form and is checked when it is read.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// What an id names. The registry of all kinds is [`kinds`].
pub trait Kind: 'static {
    /// The prefix of the text form: lower-case letters and `_`, at most 63 bytes.
    const PREFIX: &'static str;
}

macro_rules! registry {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        /// The registry of everything that has an id, in alphabetical order.
        pub mod kinds {
            $($(#[$doc])* #[derive(Debug)] pub enum $name {} impl super::Kind for $name { const PREFIX: &'static str = $prefix; })*
        }
    };
}

registry! {
    /// A person who may log in.
    Account = "account";
    /// What a supplier promised to deliver.
    Agreement = "agreement";
    /// A warning that somebody sent.
    Alert = "alert";
    /// A system that may call the API.
    ApiKey = "key";
    /// Goods that have come and are not on record yet.
    Arrival = "arrival";
    /// The course of rating one depot.
    Assessment = "assessment";
    /// A shelf or floor place inside a zone.
    Bin = "bin";
    /// Goods that a supplier was called upon to deliver.
    CallOff = "calloff";
    /// A class of items.
    Category = "category";
    /// What a supplier said is really there.
    Confirmation = "confirmation";
    /// What a supplier brought.
    Delivery = "delivery";
    /// A place that keeps stock.
    Depot = "depot";
    /// Goods that leave for good, by their owner's word.
    Disposal = "disposal";
    /// What gathers commands where there is no network.
    Device = "device";
    /// One depot's order to send.
    DispatchOrder = "order";
    /// Who gives goods.
    Donor = "donor";
    /// What somebody did that was due.
    DutyRecord = "duty";
    /// A role given to a principal over an organisation's subtree.
    Grant = "grant";
    /// A file that shows what an assessment states.
    Evidence = "evidence";
    /// What one organisation may order beside its share.
    FairUsePermit = "permit";
    /// How much of an owner's goods one organisation may order.
    FairUseRule = "fairuse";
    /// What was given and received when a shipment arrived.
    HandOver = "handover";
    /// Whom an identity provider knows, and whose account that is.
    Identity = "identity";
    /// A file that was read in.
    ImportRun = "import";
    /// What happened, where.
    Incident = "incident";
    /// A catalogue entry.
    Item = "item";
    /// One record of what was done.
    JournalEntry = "entry";
    /// A versioned list of contents of a kit.
    KitVersion = "kit";
    /// Goods that another society has, and owes.
    Loan = "loan";
    /// Goods of one item received together.
    Lot = "lot";
    /// Goods that get another owner or serve something else.
    LotChange = "change";
    /// Lots that nobody may use any more, wherever they are.
    LotRecall = "recall";
    /// An immutable document that moves stock.
    Movement = "movement";
    /// Goods that a site waits for.
    Need = "need";
    /// A society or branch in the tree.
    Organisation = "org";
    /// A proposed answer to needs.
    Plan = "plan";
    /// A hold on stock with a deadline.
    Reservation = "reservation";
    /// Roads that are closed for a time.
    RoadClosure = "closure";
    /// One edition of the criteria by which depots are rated.
    RuleSet = "rules";
    /// A logged-in person's session.
    Session = "session";
    /// Goods on the road.
    Shipment = "shipment";
    /// A place that needs goods.
    Site = "site";
    /// A public account of goods.
    Statement = "statement";
    /// A count of what is there.
    Stocktake = "stocktake";
    /// A system that is told what happens.
    Webhook = "webhook";
    /// A part of a depot.
    Zone = "zone";
}

/// An id of one kind. Ordered by its bytes, which for UUIDv7 is the order of making.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// Wraps a UUID that is already known to name a `K`.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The bare UUID, as tables keep it.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, encode(self.uuid))
    }
}

/// Why a text is not an id of the kind that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text names something else, or nothing.
    #[error("the id must start with `{expected}_`")]
    Prefix {
        /// The prefix of the kind asked for.
        expected: &'static str,
    },
    /// The part after the prefix is not 26 base-32 digits of 128 bits.
    #[error("the id must end with 26 characters of the TypeID alphabet")]
    Suffix,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let suffix = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError::Prefix {
                expected: K::PREFIX,
            })?;
        decode(suffix).map(Self::from_uuid).ok_or(IdError::Suffix)
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_DIGITS: u32 = 26;

fn encode(uuid: Uuid) -> String {
    let bits = uuid.as_u128();
    (0..SUFFIX_DIGITS)
        .rev()
        .map(|digit| char::from(ALPHABET[((bits >> (5 * digit)) & 31) as usize]))
        .collect()
}

fn decode(suffix: &str) -> Option<Uuid> {
    // 26 digits carry 130 bits: a first digit above 7 would not fit into 128.
    if suffix.len() != SUFFIX_DIGITS as usize || suffix.as_bytes()[0] > b'7' {
        return None;
    }
    let mut bits = 0_u128;
    for character in suffix.bytes() {
        let digit = ALPHABET.iter().position(|&known| known == character)?;
        bits = (bits << 5) | digit as u128;
    }
    Some(Uuid::from_u128(bits))
}

#[cfg(test)]
mod tests {
    use super::{kinds::Depot, *};

    #[test]
    fn the_text_form_is_that_of_the_specification() {
        // The pairs are the published examples of the TypeID specification.
        for (suffix, uuid) in [
            (
                "00000000000000000000000000",
                "00000000-0000-0000-0000-000000000000",
            ),
            (
                "00000000000000000000000001",
                "00000000-0000-0000-0000-000000000001",
            ),
            (
                "0000000000000000000000000g",
                "00000000-0000-0000-0000-000000000010",
            ),
            (
                "7zzzzzzzzzzzzzzzzzzzzzzzzz",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ),
            (
                "01h455vb4pex5vsknk084sn02q",
                "01890a5d-ac96-774b-bcce-b302099a8057",
            ),
        ] {
            let uuid: Uuid = uuid.parse().unwrap();
            let text = format!("depot_{suffix}");
            assert_eq!(Id::<Depot>::from_uuid(uuid).to_string(), text);
            assert_eq!(text.parse::<Id<Depot>>().unwrap().uuid(), uuid);
        }
    }

    #[test]
    fn what_is_not_an_id_of_the_kind_is_refused() {
        for text in [
            "",
            "depot",
            "depot_",
            "item_01h455vb4pex5vsknk084sn02q",
            "depot_01h455vb4pex5vsknk084sn02",
            "depot_81h455vb4pex5vsknk084sn02q",
            "depot_01H455VB4PEX5VSKNK084SN02Q",
            "depot_01h455vb4pex5vsknk084sn02é",
            "depot_il1u5vb4pex5vsknk084sn02qq",
        ] {
            assert!(text.parse::<Id<Depot>>().is_err(), "{text}");
        }
    }
}
