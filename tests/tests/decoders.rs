//! What is read from outside, by the decoders of `domain`: thousands of texts that are almost right.
//!
//! **Invariant.** No text makes a decoder panic or hang, and what it accepts is written again as it
//! came where a thing has one text only, or else reads back as the same thing. `make fuzz` runs this
//! long; the decoders of the edge are tried over HTTP (`e2e/decoders.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "all of this program is tests, and the lints take only functions marked as such for them"
)]

use domain::{
    alerts,
    catalogue::{CodeSystem, ItemCode, Pack, Units},
    identity::Role,
    incidents::Polygon,
    journal::{Checkpoint, CryptoSuite, Hash, Note, SigningKey, VerifyingKey},
    kernel::{Crs, Currency, Id, Money, NameKey, Quantity, Text, kinds},
    organisations::DivisionCode,
    stock::ReceiptCode,
};
use tests::mutation::attack;

const CASES: u32 = 20_000;
const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

// Shows texts, since that is what these decoders take.
fn texts(decoder: &str, seeds: &[&str], check: impl Fn(&str)) {
    cases(decoder, CASES, seeds, check);
}

fn cases(decoder: &str, cases: u32, seeds: &[&str], check: impl Fn(&str)) {
    let seeds: Vec<_> = seeds.iter().map(|seed| seed.as_bytes()).collect();
    attack(decoder, cases, &seeds, |input| {
        check(&String::from_utf8_lossy(input));
    });
}

#[test]
fn an_id_has_one_text() {
    let seeds = [
        "depot_01h455vb4pex5vsknk084sn02q",
        "depot_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "lot_00000000000000000000000000",
    ];
    texts("id", &seeds, |text| {
        if let Ok(id) = text.parse::<Id<kinds::Depot>>() {
            assert_eq!(id.to_string(), text);
        }
    });
}

#[test]
fn codes_read_back_as_themselves() {
    let seeds = ["330203", "330000", "330203001000", "3302", "110000"];
    texts("division code", &seeds, |text| {
        if let Ok(code) = text.parse::<DivisionCode>() {
            assert_eq!(code.to_string().parse(), Ok(code));
        }
    });
    texts("receipt code", &["0123-4567-89AB-CDEF"], |text| {
        if let Ok(code) = ReceiptCode::parse(text) {
            assert_eq!(ReceiptCode::parse(&code.printed()), Ok(code));
        }
    });
    let seeds = ["gbt38565", "ifrc", "gtin", "who-emergency-kits"];
    texts("code system", &seeds, |text| {
        if let Ok(system) = text.parse::<CodeSystem>() {
            assert_eq!(system.to_string().parse(), Ok(system));
        }
    });
    let systems = [CodeSystem::Gbt38565, CodeSystem::Ifrc, CodeSystem::Gtin];
    let seeds = ["1010101", "6901234567892", "HSHEBLANW1", "EBLANMEDIU"];
    texts("item code", &seeds, |text| {
        for system in &systems {
            if let Ok(code) = ItemCode::new(system.clone(), text) {
                assert_eq!(ItemCode::new(system.clone(), code.value()), Ok(code));
            }
        }
    });
    texts("role", &["keeper", "data_steward"], |text| {
        if let Ok(role) = text.parse::<Role>() {
            assert_eq!(role.to_string(), text);
        }
    });
}

#[test]
fn texts_read_back_as_themselves() {
    texts("text", &["海曙库", " two\nlines ", "é"], |text| {
        if let Ok(line) = Text::<60>::new(text) {
            assert_eq!(Text::new(line.as_str()), Ok(line));
        }
        if let Ok(lines) = Text::<60>::paragraphs(text) {
            assert_eq!(Text::paragraphs(lines.as_str()), Ok(lines));
        }
        let key = NameKey::of(text);
        assert_eq!(NameKey::of(key.as_str()).as_str(), key.as_str());
    });
}

#[test]
fn amounts_and_quantities_are_exact_or_refused() {
    texts("money", &["45.70", "0", "1000000000", "0.0001"], |text| {
        if let Ok(money) = Money::parse(text, Currency::CNY) {
            let written = money.amount().to_string();
            assert_eq!(Money::parse(&written, Currency::CNY), Ok(money));
        }
        if let Ok(currency) = text.parse::<Currency>() {
            assert_eq!(currency.to_string(), text);
        }
    });
    let seeds = ["1 10 箱", "1000000000000 2 托", "-1 1 床"];
    texts("units", &seeds, |text| {
        let mut words = text.split(' ');
        let (Some(count), Some(size), Some(name)) = (words.next(), words.next(), words.next())
        else {
            return;
        };
        let (Ok(count), Ok(size), Ok(name)) = (count.parse(), size.parse(), Text::new(name)) else {
            return;
        };
        if let Ok(quantity) = Quantity::new(count) {
            assert_eq!(quantity.get(), count);
        }
        let packs = Pack::new(name.clone(), size).map(|pack| vec![pack]);
        let Ok(units) = Units::new(Text::new("床").unwrap(), packs.unwrap_or_default()) else {
            return;
        };
        if let Ok(quantity) = units.to_base(count, name.as_str()) {
            let split = units.split(quantity, name.as_str()).unwrap();
            assert_eq!((split.packs, split.remainder), (count, 0));
        }
    });
}

#[test]
fn a_checkpoint_and_a_hash_have_one_text() {
    let plain = format!("example.com/depot\n20852163\n{ROOT}\n");
    let more = format!("{plain}time 2026-11-26T00:00:00Z\n");
    texts("checkpoint", &[&plain, &more], |text| {
        if let Ok(read) = Checkpoint::parse(text) {
            assert_eq!(read.to_string(), text);
        }
    });
    texts("hash", &[ROOT], |text| {
        if let Some(hash) = Hash::parse(text) {
            assert_eq!(hash.to_string(), text);
        }
    });
}

#[test]
fn keys_and_notes_have_one_text_and_no_other_text_is_signed() {
    let keys: Vec<_> = CryptoSuite::ALL
        .iter()
        .map(|suite| SigningKey::new("example.com/depot", *suite, [7; 32]).unwrap())
        .collect();
    let public: Vec<_> = keys.iter().map(|key| key.public().clone()).collect();
    let signed = format!("example.com/depot\n20852163\n{ROOT}\n");
    let notes = [
        Note::sign(signed.clone(), &keys[..1]).to_string(),
        Note::sign(signed.clone(), &keys).to_string(),
    ];
    // A signature costs its time, that of SM2 most of all.
    cases("note", 2_000, &[&notes[0], &notes[1]], |text| {
        if let Ok(note) = Note::parse(text) {
            assert_eq!(note.to_string(), text);
            if note.check(&public).is_ok() {
                assert_eq!(note.text(), signed);
            }
        }
    });
    let texts: Vec<_> = public.iter().map(ToString::to_string).collect();
    cases("public key", 2_000, &[&texts[0], &texts[1]], |text| {
        if let Ok(key) = text.parse::<VerifyingKey>() {
            assert_eq!(key.to_string(), text);
        }
    });
    let texts: Vec<_> = keys.iter().map(SigningKey::reveal).collect();
    cases("private key", 2_000, &[&texts[0], &texts[1]], |text| {
        if let Ok(key) = SigningKey::parse(text) {
            assert_eq!(key.reveal(), text);
        }
    });
}

#[test]
fn a_polygon_that_is_accepted_stays_as_it_was_laid() {
    let seeds = [
        "[[[120.0,30.0],[121.0,30.0],[121.0,31.0],[120.0,31.0],[120.0,30.0]]]",
        "[[[179.0,0.5],[-179.0,0.5],[-179.0,1.5],[179.0,1.5],[179.0,0.5]]]",
        "[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]",
    ];
    texts("polygon", &seeds, |text| {
        let Ok(rings) = serde_json::from_str::<Vec<Vec<[f64; 2]>>>(text) else {
            return;
        };
        for crs in [Crs::Wgs84, Crs::Gcj02, Crs::Bd09] {
            if let Ok(polygon) = Polygon::new(&rings, crs) {
                let shape = polygon.geometry();
                let laid = std::iter::once(shape.exterior()).chain(shape.interiors());
                let laid = laid
                    .map(|ring| ring.coords().map(|point| [point.x, point.y]).collect())
                    .collect();
                assert_eq!(Polygon::kept(laid).as_ref(), Ok(&polygon));
            }
        }
    });
}

#[test]
fn an_alert_in_pieces_is_refused_or_is_one() {
    let whole = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/examples/typhoon-alert.xml"
    ));
    let update = whole.replace("<msgType>Alert", "<msgType>Update").replace(
        "<info>",
        "<references>33020041600000,A,2026-08-01T02:00:00+08:00</references><info>",
    );
    let laughs = format!("<!DOCTYPE a [<!ENTITY l \"&l;&l;\">]>{whole}");
    let seeds = [whole.as_bytes(), update.as_bytes(), laughs.as_bytes()];
    attack("alert", CASES, &seeds, |input| {
        if let Ok(alert) = alerts::read(input) {
            // What is believed has a name that can be referred to, and ends after it begins.
            let name = &alert.name;
            let is_name = |text: &str| !text.is_empty() && !text.contains([' ', ',', '<', '&']);
            assert!(is_name(&name.sender) && is_name(&name.identifier));
            assert!(alert.expires().is_none_or(|end| end > alert.effective()));
            assert!(alert.succession().is_none() || !alert.references.is_empty());
        }
    });
}
