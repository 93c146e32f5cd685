//! Whether what was seen fits what was told, in real time.
//!
//! **Invariant.** Whoever looks sees all that was acknowledged before they looked, and nothing that
//! was asked for after they had seen it. What was under way meanwhile may be in it or not.

use std::time::Instant;

/// What is on hand, and what of it is reserved.
pub(crate) type Figures = (i64, i64);

/// What a request did, and when.
#[derive(Debug, Clone)]
pub(crate) struct Effect {
    pub(crate) began: Instant,
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

impl Sight {
    /// Whether it can be true of a place where there was `before`, and then these effects.
    pub(crate) fn fits(&self, before: Figures, effects: &[Effect]) -> bool {
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

#[test]
fn a_sight_is_neither_stale_nor_of_the_future() {
    use std::time::Duration;

    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let effect = |began, ended: Option<u64>, on_hand, reserved| Effect {
        began: at(began),
        ended: ended.map(at),
        figures: (on_hand, reserved),
    };
    // Ten came before, five are being taken, three will be reserved later.
    let effects = [
        effect(0, Some(10), 10, 0),
        effect(15, Some(25), -5, 0),
        effect(40, Some(50), 0, 3),
        effect(12, None, 0, 2),
    ];
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
        let sight = Sight {
            began: at(20),
            ended: at(30),
            figures,
        };
        assert_eq!(sight.fits((100, 0), &effects), fits, "{figures:?}");
    }
}
