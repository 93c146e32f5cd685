//! The catalogue: what goods are called, how they are counted, what kits hold.
//!
//! **Invariant.** An item is counted in whole base units; a pack is an exact integer multiple of
//! them, so that a count in packs either converts exactly or is refused.

mod item_code;
mod kit_contents;
mod shelf_life;
mod units;

pub use item_code::{CodeSystem, ItemCode, ItemCodeError};
pub use kit_contents::{CONTENTS_MAX, KitContents, KitError, nests_itself};
pub use shelf_life::{ShelfLife, ShelfLifeError};
pub use units::{BaseUnit, PACKS_MAX, Pack, PackError, Split, UnitError, Units};
