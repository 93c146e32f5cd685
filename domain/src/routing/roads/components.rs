//! Which nodes can be reached from each other.
//!
//! **Invariant.** Two nodes have the same component if and only if there is a way from each to the
//! other. No stack grows with the network.

use super::hops::Hops;

const NONE: u32 = u32::MAX;

/// The component of each node, and how many nodes are in it: Tarjan's search, on a list instead of
/// the call stack.
pub(super) fn strong(Hops { first, hops }: &Hops) -> (Vec<u32>, Vec<u32>) {
    let nodes = first.len() - 1;
    let mut component = vec![NONE; nodes];
    let mut seen_at = vec![NONE; nodes];
    let mut low = vec![0_u32; nodes];
    let mut open: Vec<u32> = Vec::new();
    let mut sizes: Vec<u32> = Vec::new();
    let mut clock = 0_u32;
    let mut path: Vec<(u32, u32)> = Vec::new();
    for root in 0..nodes {
        if seen_at[root] != NONE {
            continue;
        }
        path.push((number(root), first[root]));
        while let Some((node, next)) = path.pop() {
            let at = node as usize;
            if next == first[at] && seen_at[at] == NONE {
                seen_at[at] = clock;
                low[at] = clock;
                clock += 1;
                open.push(node);
            }
            if next < first[at + 1] {
                let other = hops[next as usize].other;
                path.push((node, next + 1));
                let there = other as usize;
                if seen_at[there] == NONE {
                    path.push((other, first[there]));
                } else if component[there] == NONE {
                    low[at] = low[at].min(seen_at[there]);
                }
                continue;
            }
            if low[at] == seen_at[at] {
                let mut size = 0;
                while let Some(member) = open.pop() {
                    component[member as usize] = number(sizes.len());
                    size += 1;
                    if member == node {
                        break;
                    }
                }
                sizes.push(size);
            }
            if let Some((parent, _)) = path.last() {
                let parent = *parent as usize;
                low[parent] = low[parent].min(low[at]);
            }
        }
    }
    let company = component.iter().map(|it| sizes[*it as usize]).collect();
    (component, company)
}

// Graphs are checked to be small enough before.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NONE)
}
