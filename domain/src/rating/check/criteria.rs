//! What makes a criterion right.
//!
//! **Invariant.** As in [`super`]: every mistake, at its place.

use rust_decimal::Decimal;

use super::{
    super::{
        Comparison, Criterion, Kind, Measure, Subject, Unit,
        criterion::{AtLevel, Band, Counting, Entry, PeopleLine, StockLine},
    },
    Check, FIGURE_MAX, Fault, POINTS_MAX, Referent,
};

const LINES_MAX: usize = 500;

impl<'a> Check<'a> {
    pub(super) fn criterion(&mut self, position: usize, criterion: &'a Criterion) {
        let at = format!("/criteria/{position}");
        self.named(&at, &criterion.id, &criterion.title);
        self.refers(
            format!("{at}/dimension"),
            Referent::Dimension,
            &criterion.dimension,
        );
        for (position, profile) in criterion.profiles.iter().enumerate() {
            self.refers(
                format!("{at}/profiles/{position}"),
                Referent::Profile,
                profile,
            );
        }
        self.provenance(&format!("{at}/provenance"), &criterion.provenance);
        self.kind(&format!("{at}/{}", criterion.kind.name()), criterion);
        self.earns(&at, criterion);
    }

    fn kind(&mut self, at: &str, criterion: &'a Criterion) {
        let levels = format!("{at}/levels");
        match &criterion.kind {
            Kind::Numeric {
                subject,
                unit,
                comparison,
                thresholds,
            } => {
                self.unit(at, *subject, *unit);
                self.length(levels.clone(), thresholds.len(), 1, usize::from(u8::MAX));
                self.thresholds(&levels, thresholds, *comparison);
                let (least, most) = range(*subject, *unit);
                self.figures(&levels, thresholds, least, most);
            }
            Kind::Banded {
                subject,
                unit,
                bands,
            } => {
                self.unit(at, *subject, *unit);
                self.bands(at, range(*subject, *unit), bands);
            }
            Kind::YesNo {
                subject,
                from_level,
            } => {
                if let Subject::Measure(measure) = subject {
                    self.is_yes_no(at, *measure);
                }
                if let Some(level) = from_level {
                    self.refers(format!("{at}/from_level"), Referent::Level, level);
                }
            }
            Kind::Checklist {
                entries,
                thresholds,
            } => {
                self.entries(at, entries);
                self.thresholds(&levels, thresholds, Comparison::AtLeast);
                let most = i64::try_from(entries.len()).unwrap_or(i64::MAX);
                for (position, threshold) in thresholds.iter().enumerate() {
                    if let Some(value) = threshold.value {
                        self.range(format!("{levels}/{position}/value"), value.into(), 0, most);
                    }
                }
            }
            Kind::Stock { .. } | Kind::People { .. } => self.goods(at, &criterion.kind),
            Kind::Group { of, at_least } => self.group(at, of, *at_least),
            Kind::Deduction { .. } | Kind::Veto { .. } => self.costs(at, &criterion.kind),
            Kind::Assessor { thresholds } => {
                self.thresholds(&levels, thresholds, Comparison::AtLeast);
                self.figures(&levels, thresholds, 0, POINTS_MAX);
            }
        }
    }

    fn goods(&mut self, at: &str, kind: &'a Kind) {
        let levels = format!("{at}/levels");
        match kind {
            Kind::Stock {
                lines,
                share_percent,
                counting,
            } => {
                self.stock(at, lines);
                let share = format!("{at}/share_percent");
                self.range(share, (*share_percent).into(), 1, 100);
                self.counting(at, counting);
            }
            Kind::People {
                lines,
                days,
                of_population: _,
                counting,
                thresholds,
            } => {
                self.people(at, lines);
                self.range(format!("{at}/days"), (*days).into(), 1, 3_660);
                self.counting(at, counting);
                self.length(levels.clone(), thresholds.len(), 1, usize::from(u8::MAX));
                self.thresholds(&levels, thresholds, Comparison::AtLeast);
                self.figures(&levels, thresholds, 0, FIGURE_MAX);
            }
            _ => {}
        }
    }

    fn costs(&mut self, at: &str, kind: &Kind) {
        match kind {
            Kind::Deduction {
                each,
                cap,
                window_days,
            } => {
                self.range(format!("{at}/each"), *each, 0, POINTS_MAX);
                self.range(format!("{at}/cap"), *cap, 0, POINTS_MAX);
                if let Some(days) = window_days {
                    self.range(format!("{at}/window_days"), (*days).into(), 1, 3_660);
                }
            }
            Kind::Veto {
                highest_level: Some(level),
            } => self.refers(format!("{at}/highest_level"), Referent::Level, level),
            _ => {}
        }
    }

    fn unit(&mut self, at: &str, subject: Subject, unit: Unit) {
        let fault = match subject {
            Subject::Measure(measure) if measure.unit() != unit => Fault::Unit {
                expected: measure.unit().name(),
            },
            // What people answer with yes or no is no figure that they could state.
            Subject::Stated if unit == Unit::YesNo => Fault::StatedYesNo,
            Subject::Measure(_) | Subject::Stated => return,
        };
        self.tell(format!("{at}/unit"), fault);
    }

    fn is_yes_no(&mut self, at: &str, measure: Measure) {
        if measure.unit() != Unit::YesNo {
            let expected = measure.unit().name();
            self.tell(format!("{at}/measure"), Fault::Unit { expected });
        }
    }

    fn bands(&mut self, at: &str, (least, most): (i64, i64), bands: &[Band]) {
        self.length(format!("{at}/bands"), bands.len(), 1, 100);
        let mut before: Option<Decimal> = None;
        for (position, band) in bands.iter().enumerate() {
            let here = format!("{at}/bands/{position}");
            self.range(format!("{here}/points"), band.points, 0, POINTS_MAX);
            match band.from {
                Some(from) => {
                    self.range(format!("{here}/from"), from, least, most);
                    if before.is_some_and(|before| from <= before) {
                        self.tell(format!("{here}/from"), Fault::Bands);
                    }
                    if position == 0 {
                        self.tell(format!("{here}/from"), Fault::FirstBand);
                    }
                    before = Some(from);
                }
                None if position > 0 => self.tell(here, Fault::FirstBand),
                None => {}
            }
        }
    }

    fn entries(&mut self, at: &str, entries: &[Entry]) {
        let at = format!("{at}/entries");
        self.length(at.clone(), entries.len(), 1, 200);
        self.once(&at, entries.iter().map(|entry| entry.id.as_str()), "/id");
        for (position, entry) in entries.iter().enumerate() {
            self.named(&format!("{at}/{position}"), &entry.id, &entry.title);
        }
    }

    fn stock(&mut self, at: &str, lines: &'a [StockLine]) {
        let at = format!("{at}/lines");
        self.length(at.clone(), lines.len(), 1, LINES_MAX);
        self.once(&at, lines.iter().map(|line| line.item.as_str()), "/item");
        for (position, line) in lines.iter().enumerate() {
            let here = format!("{at}/{position}");
            self.text(format!("{here}/item"), &line.item);
            let minima = format!("{here}/minima");
            self.length(minima.clone(), line.minima.len(), 1, usize::from(u8::MAX));
            self.thresholds(&minima, &line.minima, Comparison::AtLeast);
            for (position, minimum) in line.minima.iter().enumerate() {
                let Some(value) = minimum.value else { continue };
                self.range(
                    format!("{minima}/{position}/value"),
                    value.into(),
                    0,
                    FIGURE_MAX,
                );
            }
            let minimum = line.minima.iter().filter_map(|at| at.value).max();
            if let (Some(minimum), Some(maximum)) = (minimum, line.maximum)
                && maximum < minimum
            {
                self.tell(format!("{here}/maximum"), Fault::MaximumBelow { minimum });
            }
        }
    }

    fn people(&mut self, at: &str, lines: &[PeopleLine]) {
        let at = format!("{at}/lines");
        self.length(at.clone(), lines.len(), 1, LINES_MAX);
        self.once(&at, lines.iter().map(|line| line.item.as_str()), "/item");
        for (position, line) in lines.iter().enumerate() {
            let here = format!("{at}/{position}");
            self.text(format!("{here}/item"), &line.item);
            self.range(format!("{here}/people"), line.people.into(), 1, 10_000);
            self.range(format!("{here}/days"), line.days.into(), 1, 3_660);
        }
    }

    fn counting(&mut self, at: &str, counting: &Counting) {
        let found = counting.conditions.len();
        self.length(format!("{at}/counting/conditions"), found, 1, 4);
        if let Some(days) = counting.least_days_left {
            let at = format!("{at}/counting/least_days_left");
            self.range(at, days.into(), 0, 36_600);
        }
    }

    fn group(&mut self, at: &str, of: &[String], at_least: u32) {
        self.length(format!("{at}/of"), of.len(), 1, LINES_MAX);
        self.once(&format!("{at}/of"), of.iter().map(String::as_str), "");
        let most = i64::try_from(of.len()).unwrap_or(i64::MAX);
        self.range(format!("{at}/at_least"), at_least.into(), 1, most);
        for (position, id) in of.iter().enumerate() {
            let here = format!("{at}/of/{position}");
            self.refers(here.clone(), Referent::Criterion, id);
            let named = self.parts.criteria.iter().find(|known| known.id == *id);
            let kind = named.map(|named| &named.kind);
            if let Some(kind @ (Kind::Veto { .. } | Kind::Deduction { .. } | Kind::Banded { .. })) =
                kind
            {
                self.tell(here, Fault::NotAGate { kind: kind.name() });
            }
        }
    }

    fn earns(&mut self, at: &str, criterion: &Criterion) {
        let kind = criterion.kind.name();
        match (&criterion.kind, criterion.points) {
            (Kind::Banded { .. } | Kind::Deduction { .. } | Kind::Veto { .. }, points) => {
                if points.is_some() {
                    self.tell(format!("{at}/points"), Fault::PointsNotHere { kind });
                }
                if criterion.gate {
                    self.tell(format!("{at}/gate"), Fault::NotAGate { kind });
                }
            }
            (Kind::Numeric { .. } | Kind::People { .. } | Kind::Group { .. }, Some(_)) => {
                self.tell(format!("{at}/points"), Fault::PointsNotHere { kind });
            }
            (Kind::Assessor { .. }, None) => self.tell(at, Fault::PointsMissing),
            (kind, Some(points)) => {
                self.range(format!("{at}/points"), points, 0, POINTS_MAX);
                if let Kind::Assessor { thresholds } = kind {
                    self.reachable(at, thresholds, points);
                }
            }
            (_, None) => {}
        }
    }
    fn reachable(&mut self, at: &str, thresholds: &[AtLevel<Decimal>], points: Decimal) {
        for (position, threshold) in thresholds.iter().enumerate() {
            if threshold.value.is_some_and(|value| value > points) {
                let at = format!("{at}/assessor/levels/{position}/value");
                self.tell(at, Fault::AbovePoints { points });
            }
        }
    }
}

// A wrong unit is told as one; nothing is said of figures by it.
const fn range(subject: Subject, unit: Unit) -> (i64, i64) {
    match (subject, unit) {
        (Subject::Measure(measure), _) => measure.unit().range(),
        (Subject::Stated, Unit::YesNo) => (0, FIGURE_MAX),
        (Subject::Stated, unit) => unit.range(),
    }
}
