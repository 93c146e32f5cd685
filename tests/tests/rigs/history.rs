//! Whether all that was told and seen of one shelf fits one order, in real time.
//!
//! **Invariant.** An order is found only if every request stands in it between its sending and its
//! answer, every look saw exactly what the requests before it left, and nothing was ever taken or
//! promised that was not there. No order is denied before every one has been ruled out.
//!
//! The search is that of Wing and Gong, made short by what a shelf is: what lies on it follows from
//! which requests are done and not from their order, so no set of requests and looks is tried twice;
//! and a look that fits can be put in place at once, since it changes nothing.

use std::{
    cmp::Reverse,
    collections::HashSet,
    time::{Duration, Instant},
};

use tests::Dice;

/// What is on hand, and what of it is reserved.
pub(crate) type Figures = (i64, i64);

/// What a request did, and when.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) began: Instant,
    /// When the server says that it did it: only a hint where to look first.
    pub(crate) said_at: String,
    /// When it was acknowledged; `None` if that was not heard.
    pub(crate) ended: Option<Instant>,
    pub(crate) figures: Figures,
}

/// What somebody saw, and when they looked.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) figures: Figures,
}

/// What the search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is an order.
    Fits,
    /// There is none; in the best try so many looks found a place.
    Impossible { looks: usize },
    /// Given up after [`STEPS_MAX`] steps; each look fits by itself.
    Undecided,
}

/// What 16 at once do takes a few hundred; of 64 there are more orders than anybody can rule out.
const STEPS_MAX: usize = 100_000;

/// Looks for an order of a shelf on which there was `before`.
pub(crate) fn order(before: Figures, effects: &[Effect], sights: &[Sight]) -> Verdict {
    match Search::new(before, effects, sights).run(STEPS_MAX) {
        Verdict::Undecided if !sights.iter().all(|sight| sight.fits(before, effects)) => {
            Verdict::Impossible { looks: 0 }
        }
        verdict => verdict,
    }
}

impl Sight {
    /// Whether it alone can be true of a place where there was `before`, and then these effects: it
    /// sees all that was acknowledged before it, and nothing that was asked for after it.
    fn fits(&self, before: Figures, effects: &[Effect]) -> bool {
        let of = |figure: fn(Figures) -> i64| {
            let (mut least, mut most) = (figure(before), figure(before));
            for effect in effects {
                let more = figure(effect.figures);
                if effect.ended.is_some_and(|ended| ended <= self.began) {
                    least += more;
                    most += more;
                } else if effect.began < self.ended {
                    least += more.min(0);
                    most += more.max(0);
                }
            }
            (least..=most).contains(&figure(self.figures))
        };
        of(|figures| figures.0) && of(|figures| figures.1)
    }
}

struct Search<'a> {
    effects: &'a [Effect],
    sights: &'a [Sight],
    is_done: Vec<bool>,
    is_placed: Vec<bool>,
    figures: Figures,
    /// Names of requests and looks; those of what is in order already, added up, are the name of that
    /// set.
    names: Vec<u128>,
    sight_names: Vec<u128>,
    set: u128,
    tried: HashSet<u128>,
    placed: usize,
    done: usize,
}

// Where the search stands: what was put in order last, and what could come next instead.
struct Step {
    effect: Option<usize>,
    sights: Vec<usize>,
    next: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(before: Figures, effects: &'a [Effect], sights: &'a [Sight]) -> Self {
        let mut dice = Dice::new(0x7365_7269_616c);
        let mut name = || (0..4).fold(0, |name, _| (name << 32) | u128::from(dice.below(u32::MAX)));
        Self {
            effects,
            sights,
            is_done: vec![false; effects.len()],
            is_placed: vec![false; sights.len()],
            figures: before,
            names: effects.iter().map(|_| name()).collect(),
            sight_names: sights.iter().map(|_| name()).collect(),
            set: 0,
            tried: HashSet::new(),
            placed: 0,
            done: 0,
        }
    }

    fn run(mut self, steps_max: usize) -> Verdict {
        let mut path = vec![self.step(None)];
        let mut looks = self.placed;
        for _ in 0..steps_max {
            if self.done == self.effects.len() && self.placed == self.sights.len() {
                return Verdict::Fits;
            }
            let Some(last) = path.last_mut() else {
                return Verdict::Impossible { looks };
            };
            match last.next.pop() {
                Some(effect) => {
                    if !self.suffices_for(effect) {
                        continue;
                    }
                    let step = self.step(Some(effect));
                    looks = looks.max(self.placed);
                    if self.tried.insert(self.set) {
                        path.push(step);
                    } else {
                        self.undo(&step);
                    }
                }
                None => {
                    if let Some(step) = path.pop() {
                        self.undo(&step);
                    }
                }
            }
        }
        Verdict::Undecided
    }

    fn suffices_for(&self, effect: usize) -> bool {
        let (on_hand, reserved) = plus(self.figures, self.effects[effect].figures);
        reserved >= 0 && on_hand >= reserved
    }

    fn step(&mut self, effect: Option<usize>) -> Step {
        if let Some(effect) = effect {
            self.is_done[effect] = true;
            self.done += 1;
            self.set = self.set.wrapping_add(self.names[effect]);
            self.figures = plus(self.figures, self.effects[effect].figures);
        }
        let mut sights = Vec::new();
        while let Some(sight) = self.sight_that_fits() {
            self.is_placed[sight] = true;
            self.placed += 1;
            self.set = self.set.wrapping_add(self.sight_names[sight]);
            sights.push(sight);
        }
        Step {
            effect,
            sights,
            next: self.next(),
        }
    }

    fn undo(&mut self, step: &Step) {
        for &sight in &step.sights {
            self.is_placed[sight] = false;
            self.placed -= 1;
            self.set = self.set.wrapping_sub(self.sight_names[sight]);
        }
        if let Some(effect) = step.effect {
            self.is_done[effect] = false;
            self.done -= 1;
            self.set = self.set.wrapping_sub(self.names[effect]);
            let (on_hand, reserved) = self.effects[effect].figures;
            self.figures = plus(self.figures, (-on_hand, -reserved));
        }
    }

    // Nothing that began later than this can come next.
    fn latest(&self) -> Option<Instant> {
        let effects = self.effects.iter().zip(&self.is_done);
        let effects = effects.filter(|(_, done)| !**done);
        let sights = self.sights.iter().zip(&self.is_placed);
        let sights = sights.filter(|(_, placed)| !**placed);
        let ended = effects.filter_map(|(effect, _)| effect.ended);
        ended.chain(sights.map(|(sight, _)| sight.ended)).min()
    }

    fn sight_that_fits(&self) -> Option<usize> {
        let latest = self.latest();
        (0..self.sights.len()).find(|&sight| {
            let Sight { began, figures, .. } = &self.sights[sight];
            !self.is_placed[sight]
                && *figures == self.figures
                && latest.is_none_or(|latest| *began <= latest)
        })
    }

    // What can come next, the likeliest at the end.
    fn next(&self) -> Vec<usize> {
        let latest = self.latest();
        let mut next: Vec<_> = (0..self.effects.len())
            .filter(|&effect| {
                let began = self.effects[effect].began;
                !self.is_done[effect] && latest.is_none_or(|latest| began <= latest)
            })
            .collect();
        next.sort_by_key(|&effect| {
            let Effect { said_at, ended, .. } = &self.effects[effect];
            Reverse((said_at, ended.is_none(), *ended))
        });
        next
    }
}

fn plus(one: Figures, other: Figures) -> Figures {
    (one.0 + other.0, one.1 + other.1)
}

// A history as a test tells it.
struct History {
    start: Instant,
    effects: Vec<Effect>,
    sights: Vec<Sight>,
}

impl History {
    fn nothing() -> Self {
        Self {
            start: Instant::now(),
            effects: Vec::new(),
            sights: Vec::new(),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn done(mut self, began: u64, ended: impl Into<Option<u64>>, figures: Figures) -> Self {
        self.effects.push(Effect {
            began: self.at(began),
            said_at: String::new(),
            ended: ended.into().map(|ended| self.at(ended)),
            figures,
        });
        self
    }

    fn seen(mut self, began: u64, ended: u64, figures: Figures) -> Self {
        self.sights.push(Sight {
            began: self.at(began),
            ended: self.at(ended),
            figures,
        });
        self
    }

    fn fits(&self, before: Figures) -> bool {
        match order(before, &self.effects, &self.sights) {
            Verdict::Fits => true,
            Verdict::Impossible { .. } => false,
            Verdict::Undecided => panic!("undecided"),
        }
    }
}

#[test]
fn a_look_is_neither_stale_nor_of_the_future() {
    // Ten came before, five are being taken, three will be reserved later, two were perhaps.
    for (figures, fits) in [
        ((110, 0), true),
        ((105, 0), true),
        ((105, 2), true),
        // The ten that were acknowledged are missed.
        ((100, 0), false),
        ((95, 0), false),
        // The three are not asked for yet.
        ((110, 3), false),
        ((110, 5), false),
        ((111, 0), false),
    ] {
        let told = History::nothing()
            .done(0, 10, (10, 0))
            .done(15, 25, (-5, 0))
            .done(40, 50, (0, 3))
            .done(12, None, (0, 2))
            .seen(20, 30, figures);
        assert_eq!(told.fits((100, 0)), fits, "{figures:?}");
    }
}

#[test]
fn looks_that_fit_alone_may_not_fit_together() {
    let two_under_way = || {
        History::nothing()
            .done(0, 100, (10, 0))
            .done(0, 100, (7, 0))
    };
    // One saw only the ten, the other only the seven: each may be, both may not.
    assert!(two_under_way().seen(10, 20, (10, 0)).fits((0, 0)));
    assert!(two_under_way().seen(10, 20, (7, 0)).fits((0, 0)));
    let both = two_under_way().seen(10, 20, (10, 0)).seen(10, 20, (7, 0));
    assert!(!both.fits((0, 0)));
    // What was seen once is not unseen by who looks later.
    let back = two_under_way().seen(10, 20, (10, 0)).seen(30, 40, (0, 0));
    assert!(!back.fits((0, 0)));
    let forth = two_under_way()
        .seen(10, 20, (0, 0))
        .seen(30, 40, (10, 0))
        .seen(50, 60, (17, 0));
    assert!(forth.fits((0, 0)));
}

#[test]
fn nothing_is_taken_that_was_not_there_yet() {
    let taken = |began, ended| {
        History::nothing()
            .done(0, 10, (3, 0))
            .done(began, ended, (-5, 0))
            .done(20, 30, (5, 0))
    };
    assert!(!taken(11, 19).fits((0, 0)));
    assert!(taken(11, 25).fits((0, 0)));
    // What is promised is not there for others.
    let promised = History::nothing().done(0, 10, (0, 5)).done(11, 20, (-1, 0));
    assert!(!promised.fits((5, 0)));
    assert!(promised.fits((6, 0)));
}

// The order in which a shelf was really used is found again, however its requests overlap, and
// a look that is off by one is not believed.
#[test]
fn orders_that_were_are_found_and_false_looks_are_not() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let mut figures = (50, 0);
        let mut told = History::nothing();
        for moment in 0..60_u64 {
            let now = 100 + moment * 10;
            let around = |dice: &mut Dice| u64::from(dice.below(60));
            let (began, ended) = (now - around(&mut dice), now + 1 + around(&mut dice));
            if dice.one_in(3) {
                told = told.seen(began, ended, figures);
                continue;
            }
            let more = (dice.upto(20) - 10, 0);
            if plus(figures, more).0 >= 0 {
                figures = plus(figures, more);
                let heard = !dice.one_in(20);
                told = told.done(began, heard.then_some(ended), more);
            }
        }
        assert!(told.fits((50, 0)), "seed {seed}");
        let wrong = usize::try_from(dice.below(1_000)).unwrap() % told.sights.len();
        told.sights[wrong].figures.0 += 100_000;
        assert!(!told.fits((50, 0)), "seed {seed}");
    }
}
