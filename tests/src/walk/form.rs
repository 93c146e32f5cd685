//! Which lines make a movement, for the naive model: a list of words.

use domain::stock::Kind;

use super::{
    Leg, Posting,
    Refusal::{self, ForeignAccount, SameAccount, WrongAccounts},
    Spot,
};

const RULES: &str = "receipt source zone; issue zone recipient; issue road recipient; \
    transfer zone zone; transfer zone road; transfer road zone; return recipient zone; \
    return source zone; conversion zone conversion; conversion conversion zone; \
    disposal zone loss; disposal road loss; count_difference zone count_difference; \
    count_difference count_difference zone; condition_change zone conversion; \
    condition_change conversion zone; issue zone loan; issue loan recipient; return loan zone; \
    disposal loan loss";

pub(super) fn well_formed(posting: &Posting) -> Result<(), Refusal> {
    for (line, leg) in posting.legs.iter().enumerate() {
        if leg.from == leg.to {
            return Err(SameAccount(line));
        }
        let (from, to) = words(leg);
        let wanted = format!("{} {from} {to}", posting.kind.name());
        if !RULES.split("; ").any(|rule| rule == wanted) {
            return Err(WrongAccounts(line));
        }
        let arrives = posting.kind == Kind::Transfer && from == "road";
        for (spot, word) in [(leg.from, from), (leg.to, to)] {
            let (Spot::Zone(depot, _) | Spot::Road(depot, _) | Spot::Outside(depot, _)) = spot;
            if depot != posting.depot && !(arrives && word == "road") {
                return Err(ForeignAccount(line));
            }
        }
    }
    Ok(())
}

pub(super) fn words(leg: &Leg) -> (&'static str, &'static str) {
    let word = |spot| match spot {
        Spot::Zone(..) => "zone",
        Spot::Road(..) => "road",
        Spot::Outside(_, side) => side.name(),
    };
    (word(leg.from), word(leg.to))
}
