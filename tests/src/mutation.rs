//! Input that is almost right: what a decoder refuses or reads, but never falls over.
//!
//! **Invariant.** A case is drawn from its seed and its number alone, so that the one that failed
//! can be had again by itself. `FUZZ_SEED` and `FUZZ_CASES` draw others, and more of them.
#![allow(
    clippy::print_stdout,
    reason = "a test that fails shows what it printed, and nobody sees what another does"
)]

use std::time::{Duration, Instant};

use crate::{Dice, dice::setting};

// What readers of numbers, texts, addresses and markup have stumbled over.
const STUMBLES: &[&str] = &[
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\r\n",
    "\t",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "%00",
    "%",
    "_",
    "-0",
    "-1",
    "1e400",
    "NaN",
    "9223372036854775808",
    "18446744073709551616",
    "0.1",
    "灾",
    "１",
    "é",
    "../",
    "' OR 1=1 --",
    "\"; DROP TABLE item; --",
    "=1+1",
    "[",
    "{",
    "[[[[[[[[",
    "null",
    "true",
    "<!DOCTYPE x>",
    "&x;",
    "T00:00:00Z",
    ",",
    ";",
    " ",
    "+",
    "=",
    "/",
];

// No case of any decoder does work that takes as long, even in a slow build on a busy machine.
const SLOW: Duration = Duration::from_secs(10);

/// Shows `check` so many cases: `seeds` as they are, and then what becomes of them.
///
/// # Panics
/// When `check` does, or takes far too long over a case. The case is printed first.
pub fn attack(decoder: &str, usual: u32, seeds: &[&[u8]], mut check: impl FnMut(&[u8])) {
    for case in cases(decoder, usual, seeds) {
        check(&case.input);
    }
}

/// The same cases for those who must wait for something between them.
///
/// # Panics
/// When the environment does not name numbers.
pub fn cases<'a>(
    decoder: &'a str,
    usual: u32,
    seeds: &'a [&'a [u8]],
) -> impl Iterator<Item = Case<'a>> {
    let seed: u64 = setting("FUZZ_SEED", 1);
    let cases: u32 = setting("FUZZ_CASES", usual);
    let first: u32 = setting("FUZZ_FIRST", 0);
    println!("{decoder}: FUZZ_SEED={seed}, {cases} cases");
    (first..first.saturating_add(cases)).map(move |number| Case {
        decoder,
        seed,
        number,
        input: draw(seed, number, seeds),
        started: Instant::now(),
    })
}

/// One input, which tells itself if the test ends while it is looked at.
#[derive(Debug)]
pub struct Case<'a> {
    decoder: &'a str,
    seed: u64,
    number: u32,
    /// What the decoder is shown.
    pub input: Vec<u8>,
    started: Instant,
}

impl Case<'_> {
    /// The input as text; what is no text becomes some.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.input).into_owned()
    }
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let fails = std::thread::panicking();
        if fails || took > SLOW {
            let (decoder, seed, number) = (self.decoder, self.seed, self.number);
            println!("{decoder}: FUZZ_SEED={seed} FUZZ_FIRST={number} FUZZ_CASES=1 after {took:?}");
            println!("{:?}", String::from_utf8_lossy(&self.input));
        }
        assert!(fails || took <= SLOW, "a case took {took:?}");
    }
}

fn draw(seed: u64, number: u32, seeds: &[&[u8]]) -> Vec<u8> {
    let unchanged = usize::try_from(number).ok().and_then(|at| seeds.get(at));
    if let Some(seed) = unchanged {
        return seed.to_vec();
    }
    let mut dice = Dice::new(seed ^ (u64::from(number) << 32));
    if dice.one_in(16) {
        let length = dice.below(64);
        return (0..length).map(|_| byte(&mut dice)).collect();
    }
    let mut input = dice.of(seeds).unwrap_or_default().to_vec();
    for _ in 0..dice.upto(4) {
        change(&mut dice, &mut input, seeds);
    }
    input
}

fn byte(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(256)).unwrap_or(0)
}

// A place in the input, the one behind its end included.
fn place(dice: &mut Dice, input: &[u8]) -> usize {
    dice.below(u32::try_from(input.len() + 1).unwrap_or(u32::MAX)) as usize
}

fn change(dice: &mut Dice, input: &mut Vec<u8>, seeds: &[&[u8]]) {
    let (from, to) = (place(dice, input), place(dice, input));
    let (from, to) = (from.min(to), from.max(to));
    match dice.below(8) {
        0 => {
            if let Some(hit) = input.get_mut(from) {
                *hit ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(hit) = input.get_mut(from) {
                *hit = byte(dice);
            }
        }
        2 => input.insert(from, byte(dice)),
        3 => drop(input.drain(from..to)),
        4 => {
            let again = input[from..to].to_vec();
            input.splice(to..to, again);
        }
        5 => {
            let other = dice.of(seeds).unwrap_or_default();
            let cut = place(dice, other);
            input.splice(from..to, other[cut..].iter().copied());
        }
        6 => {
            let stumble = dice.of(STUMBLES).unwrap_or_default();
            input.splice(from..from, stumble.bytes());
        }
        _ => {
            let digit = u8::try_from(dice.below(10)).unwrap_or(0) + b'0';
            if let Some(hit) = input[from..].iter_mut().find(|byte| byte.is_ascii_digit()) {
                *hit = digit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_case_is_had_again_and_most_differ() {
        let seeds: &[&[u8]] = &[b"first 1", b"second 2"];
        let drawn: Vec<_> = (0..500).map(|number| draw(7, number, seeds)).collect();
        assert_eq!(drawn[..2], [b"first 1".to_vec(), b"second 2".to_vec()]);
        let again: Vec<_> = (0..500).map(|number| draw(7, number, seeds)).collect();
        assert_eq!(drawn, again);
        assert!(drawn.into_iter().collect::<BTreeSet<_>>().len() > 400);
    }
}
