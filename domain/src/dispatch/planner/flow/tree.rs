//! The spanning tree of a basis.
//!
//! **Invariant.** Every node but the root hangs by one arc on its parent, and the lists of children
//! mirror the parents. The tree knows how nodes hang and nothing of costs and flows.

use super::index;

/// No node.
pub(super) const NOBODY: u32 = u32::MAX;

/// How a node hangs on its parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) parent: u32,
    /// The arc between them.
    pub(super) arc: u32,
    /// Whether the arc leads from the node up to its parent.
    pub(super) leads_up: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Tree {
    links: Vec<Link>,
    depth: Vec<u32>,
    first_child: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl Tree {
    /// So many nodes that do not hang yet; the one that never does is the root.
    pub(super) fn new(nodes: usize) -> Self {
        let unhung = Link {
            parent: NOBODY,
            arc: NOBODY,
            leads_up: false,
        };
        Self {
            links: vec![unhung; nodes],
            depth: vec![0; nodes],
            first_child: vec![NOBODY; nodes],
            next: vec![NOBODY; nodes],
            previous: vec![NOBODY; nodes],
        }
    }

    /// Adds a node and hangs it up.
    pub(super) fn grow(&mut self, link: Link) {
        let node = index(self.links.len());
        self.links.push(link);
        self.depth.push(0);
        for neighbours in [&mut self.first_child, &mut self.next, &mut self.previous] {
            neighbours.push(NOBODY);
        }
        self.hang(node, link);
    }

    pub(super) fn link(&self, node: u32) -> Link {
        self.links[node as usize]
    }

    pub(super) fn hang(&mut self, node: u32, link: Link) {
        let (at, parent) = (node as usize, link.parent as usize);
        let sibling = self.first_child[parent];
        self.previous[at] = NOBODY;
        self.next[at] = sibling;
        if sibling != NOBODY {
            self.previous[sibling as usize] = node;
        }
        self.first_child[parent] = node;
        self.links[at] = link;
        self.depth[at] = self.depth[parent] + 1;
    }

    fn take_down(&mut self, node: u32) {
        let at = node as usize;
        let (before, after) = (self.previous[at], self.next[at]);
        if before == NOBODY {
            self.first_child[self.links[at].parent as usize] = after;
        } else {
            self.next[before as usize] = after;
        }
        if after != NOBODY {
            self.previous[after as usize] = before;
        }
    }

    /// The lowest node that stands above both.
    pub(super) fn join(&self, one: u32, other: u32) -> u32 {
        let (mut one, mut other) = (one, other);
        while one != other {
            if self.depth[one as usize] >= self.depth[other as usize] {
                one = self.links[one as usize].parent;
            } else {
                other = self.links[other as usize].parent;
            }
        }
        one
    }

    /// Cuts `top` off its parent and hangs its branch up again by `node`, which stands in it: the
    /// way from `node` to `top` turns round.
    pub(super) fn rehang(&mut self, top: u32, node: u32, link: Link) {
        let (mut node, mut link) = (node, link);
        loop {
            let old = self.links[node as usize];
            self.take_down(node);
            self.hang(node, link);
            if node == top {
                return;
            }
            link = Link {
                parent: node,
                arc: old.arc,
                leads_up: !old.leads_up,
            };
            node = old.parent;
        }
    }

    /// Calls `visit` with each node below `top` and `top` itself, parents first, and sets depths
    /// right on the way.
    pub(super) fn walk(&mut self, top: u32, mut visit: impl FnMut(u32, Link)) {
        let mut node = top;
        loop {
            let at = node as usize;
            let link = self.links[at];
            if link.parent != NOBODY {
                self.depth[at] = self.depth[link.parent as usize] + 1;
            }
            visit(node, link);
            if self.first_child[at] != NOBODY {
                node = self.first_child[at];
                continue;
            }
            while node != top && self.next[node as usize] == NOBODY {
                node = self.links[node as usize].parent;
            }
            if node == top {
                return;
            }
            node = self.next[node as usize];
        }
    }
}
