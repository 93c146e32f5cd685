//! One straight line of a ring, and what two of them can have in common.
//!
//! **Invariant.** Whether lines meet is decided by exact predicates, never by a tolerance: the
//! same polygon gets the same verdict on every machine.

use geo::{Coord, Kernel, Orientation, kernels::RobustKernel};

use crate::kernel::Place;

/// A line from one point of a ring to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) ring: usize,
    pub(super) index: usize,
    pub(super) start: Coord,
    pub(super) end: Coord,
}

/// What two edges have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meeting {
    Apart,
    /// One point, at which at least one of them ends.
    Touch(Coord),
    /// A point inside both, or a stretch of line.
    Cross,
}

impl Edge {
    pub(super) fn west(&self) -> f64 {
        self.start.x.min(self.end.x)
    }

    pub(super) fn east(&self) -> f64 {
        self.start.x.max(self.end.x)
    }

    pub(super) fn south(&self) -> f64 {
        self.start.y.min(self.end.y)
    }

    pub(super) fn north(&self) -> f64 {
        self.start.y.max(self.end.y)
    }

    pub(super) fn meet(&self, other: &Self) -> Meeting {
        use Orientation::Collinear;
        let side = |edge: &Self, point| RobustKernel::orient2d(edge.start, edge.end, point);
        let (other_start, other_end) = (side(self, other.start), side(self, other.end));
        let (own_start, own_end) = (side(other, self.start), side(other, self.end));
        if other_start == Collinear && other_end == Collinear {
            return self.meet_on_one_line(other);
        }
        let touches = [
            (other_start, other.start, self),
            (other_end, other.end, self),
            (own_start, self.start, other),
            (own_end, self.end, other),
        ];
        for (orientation, point, edge) in touches {
            if orientation == Collinear && edge.boxes(point) {
                return Meeting::Touch(point);
            }
        }
        let apart = [other_start, other_end, own_start, own_end].contains(&Collinear)
            || other_start == other_end
            || own_start == own_end;
        if apart {
            Meeting::Apart
        } else {
            Meeting::Cross
        }
    }

    /// Whether `next`, which starts where this edge ends, runs back over it.
    pub(super) fn folds_into(&self, next: &Self) -> bool {
        let forward = Coord {
            x: self.end.x - self.start.x,
            y: self.end.y - self.start.y,
        };
        let onward = Coord {
            x: next.end.x - next.start.x,
            y: next.end.y - next.start.y,
        };
        RobustKernel::orient2d(self.start, self.end, next.end) == Orientation::Collinear
            && forward.x * onward.x + forward.y * onward.y < 0.0
    }

    /// Kilometres from the place to the edge.
    ///
    /// RFC 7946 draws edges as straight lines of longitude and latitude. The nearest point is
    /// looked for on a plane that keeps the proportions half-way between place and edge; the way
    /// to it is then measured on the sphere, so the answer is never too short.
    pub(super) fn distance_km(&self, place: Place) -> f64 {
        let (x, y) = (place.longitude(), place.latitude());
        // The other side of the antimeridian may be nearer.
        let middle = f64::midpoint(self.start.x, self.end.x);
        let turn = 360.0 * ((x - middle) / 360.0).round();
        let mean_latitude = f64::midpoint(y, f64::midpoint(self.start.y, self.end.y));
        let shrink = mean_latitude.to_radians().cos();
        let (along_x, along_y) = (
            (self.end.x - self.start.x) * shrink,
            self.end.y - self.start.y,
        );
        let (to_x, to_y) = ((x - turn - self.start.x) * shrink, y - self.start.y);
        let length = along_x * along_x + along_y * along_y;
        let share = if length > 0.0 {
            ((to_x * along_x + to_y * along_y) / length).clamp(0.0, 1.0)
        } else {
            0.0
        };
        // Points of checked edges lie in range, and so does everything between them.
        Place::new(
            self.start.x + share * (self.end.x - self.start.x),
            self.start.y + share * (self.end.y - self.start.y),
        )
        .map_or(f64::INFINITY, |nearest| place.distance_km(nearest))
    }

    fn boxes(&self, point: Coord) -> bool {
        (self.west()..=self.east()).contains(&point.x)
            && (self.south()..=self.north()).contains(&point.y)
    }

    fn meet_on_one_line(&self, other: &Self) -> Meeting {
        let key = |point: &Coord| (point.x, point.y);
        let ordered = |edge: &Self| {
            if key(&edge.start) <= key(&edge.end) {
                (edge.start, edge.end)
            } else {
                (edge.end, edge.start)
            }
        };
        let ((own_first, own_last), (other_first, other_last)) = (ordered(self), ordered(other));
        let first = if key(&own_first) >= key(&other_first) {
            own_first
        } else {
            other_first
        };
        let last = if key(&own_last) <= key(&other_last) {
            own_last
        } else {
            other_last
        };
        if key(&first) > key(&last) {
            Meeting::Apart
        } else if first == last {
            Meeting::Touch(first)
        } else {
            Meeting::Cross
        }
    }
}
