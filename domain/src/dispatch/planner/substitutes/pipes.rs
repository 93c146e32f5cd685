//! How much of one item shelves can give to needs, whoever asks first.
//!
//! **Invariant.** Who was given something keeps as much: what comes later may be served from elsewhere,
//! and never at anybody's cost. What shelves can give is a polymatroid, so whoever asks in the order of
//! importance is told the most that can be had by that order. Floors, restrictions and ways are kept;
//! what people and vehicles can do is not looked at.

use std::collections::{BTreeMap, VecDeque};

use crate::dispatch::planner::scene::Scene;

const SOURCE: usize = 0;

/// Pipes from where goods lie to who may have them.
#[derive(Debug, Clone)]
pub(super) struct Pipes {
    /// Pipes stand in pairs, there and back: the other of each is its number with the last bit turned.
    pipes: Vec<Pipe>,
    /// What leads away from each node.
    from: Vec<Vec<usize>>,
    node_of_need: BTreeMap<usize, usize>,
}

#[derive(Debug, Clone, Copy)]
struct Pipe {
    to: usize,
    /// How much more may flow.
    free: i64,
}

impl Pipes {
    /// All that lies there of an item, and nobody has any yet.
    pub(super) fn new(scene: &Scene<'_>, item: usize, needs: &[usize]) -> Self {
        let mut it = Self {
            pipes: Vec::new(),
            from: vec![Vec::new()],
            node_of_need: BTreeMap::new(),
        };
        let nodes = needs.iter().map(|&need| (need, it.node()));
        let nodes: Vec<(usize, usize)> = nodes.collect();
        for shelf in &scene.items[item].shelves {
            if shelf.spared() == 0 {
                continue;
            }
            let on_shelf = it.node();
            it.lay(SOURCE, on_shelf, shelf.spared());
            let open = |need: usize| scene.open_way(need, shelf.depot).is_some();
            let open: Vec<_> = nodes.iter().filter(|(need, _)| open(*need)).collect();
            if !shelf.is_bound() {
                for &&(_, node) in &open {
                    it.lay(on_shelf, node, i64::MAX);
                }
                continue;
            }
            for row in &shelf.rows {
                let on_row = it.node();
                it.lay(on_shelf, on_row, row.left);
                for &&(need, node) in &open {
                    if row.permits(&scene.site(need).purpose) {
                        it.lay(on_row, node, i64::MAX);
                    }
                }
            }
        }
        it.node_of_need = nodes.into_iter().collect();
        it
    }

    fn node(&mut self) -> usize {
        self.from.push(Vec::new());
        self.from.len() - 1
    }

    fn lay(&mut self, from: usize, to: usize, units: i64) {
        for (end, other, free) in [(from, to, units), (to, from, 0)] {
            self.from[end].push(self.pipes.len());
            self.pipes.push(Pipe { to: other, free });
        }
    }

    /// Gives a need so many units more, or as many as there are for it; says how many.
    pub(super) fn give(&mut self, need: usize, units: i64) -> i64 {
        let Some(&node) = self.node_of_need.get(&need) else {
            return 0;
        };
        let mut given = 0;
        while given < units
            && let Some(way) = self.way_to(node)
        {
            let most = way.iter().map(|&pipe| self.pipes[pipe].free).min();
            let step = most.unwrap_or(0).min(units - given);
            for pipe in way {
                self.shift(pipe, step);
            }
            given += step;
        }
        given
    }

    /// Takes so many units back from a need that has them.
    pub(super) fn take_back(&mut self, need: usize, units: i64) {
        let mut at: Vec<(usize, i64)> = Vec::new();
        at.extend(self.node_of_need.get(&need).map(|&node| (node, units)));
        while let Some((node, mut units)) = at.pop() {
            if node == SOURCE {
                continue;
            }
            for place in 0..self.from[node].len() {
                // What came over the other way of the pair can go back over this.
                let pipe = self.from[node][place];
                let came = if pipe & 1 == 1 {
                    self.pipes[pipe].free
                } else {
                    0
                };
                let step = came.min(units);
                if step > 0 {
                    self.shift(pipe, step);
                    units -= step;
                    at.push((self.pipes[pipe].to, step));
                }
            }
        }
    }

    fn shift(&mut self, pipe: usize, units: i64) {
        self.pipes[pipe].free -= units;
        let back = &mut self.pipes[pipe ^ 1].free;
        *back = back.saturating_add(units);
    }

    /// The pipes of a shortest way on which something more can come.
    fn way_to(&self, node: usize) -> Option<Vec<usize>> {
        let mut came_by: Vec<Option<usize>> = vec![None; self.from.len()];
        let mut open = VecDeque::from([SOURCE]);
        while let Some(here) = open.pop_front() {
            for &pipe in &self.from[here] {
                let Pipe { to, free } = self.pipes[pipe];
                if free == 0 || to == SOURCE || came_by[to].is_some() {
                    continue;
                }
                came_by[to] = Some(pipe);
                if to == node {
                    return Some(self.walked(&came_by, node));
                }
                open.push_back(to);
            }
        }
        None
    }

    fn walked(&self, came_by: &[Option<usize>], node: usize) -> Vec<usize> {
        let (mut way, mut here) = (Vec::new(), node);
        while let Some(pipe) = came_by[here] {
            way.push(pipe);
            here = self.pipes[pipe ^ 1].to;
        }
        way
    }
}
