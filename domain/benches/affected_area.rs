//! How fast a drawn area is checked, against the geometry library's own check of the same ring.
//!
//! **Invariant.** Both sides see the same points in the same run; the figure is their ratio.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock and prints what it measured"
)]

use std::{
    f64::consts::TAU,
    hint::black_box,
    time::{Duration, Instant},
};

use domain::{incidents::Polygon, kernel::Crs};
use geo::{Coord, LineString, Validation};

const ROUNDS: usize = 5;

fn main() {
    println!("affected area: check of one ring, median of {ROUNDS}");
    for points in [100, 1_000, 9_999] {
        let ring = coastline(points);
        let ours = median(|| {
            black_box(Polygon::new(
                black_box(std::slice::from_ref(&ring)),
                Crs::Wgs84,
            ))
            .is_ok()
        });
        let line: LineString = ring.iter().map(|&[x, y]| Coord { x, y }).collect();
        let polygon = geo::Polygon::new(line, Vec::new());
        let theirs = median(|| black_box(&polygon).is_valid());
        println!(
            "{points:>6} points: ours {:>9.3} ms, geo's check {:>9.3} ms, ours / geo's = {:.3}",
            ms(ours),
            ms(theirs),
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
}

// A wavy ring round Hangzhou, as a hand-drawn coast looks; it closes and does not cross itself.
fn coastline(points: usize) -> Vec<[f64; 2]> {
    let mut ring: Vec<_> = (0..points)
        .map(|step| {
            let angle = TAU * step as f64 / points as f64;
            let radius = 0.5 + 0.05 * (37.0 * angle).sin() + 0.01 * (211.0 * angle).cos();
            [120.2 + radius * angle.cos(), 30.2 + radius * angle.sin()]
        })
        .collect();
    ring.push(ring[0]);
    ring
}

fn median(check: impl Fn() -> bool) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            assert!(check(), "the ring is valid by both checks");
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
