//! What the end-to-end tests share: the real server on real databases, and clients of it.
//!
//! **Invariant.** Nothing here imitates the server: what a test meets is what is shipped, but for
//! the port, the clock that can be moved, and the data, which are the test's own.
//!
//! A test is written once and runs on both databases:
//!
//! ```ignore
//! on_both!(a_keeper_sees_the_depot, async |server| {
//!     let ground = server.ground().await;
//!     let keeper = server.person(&["keeper"], &ground.county).await;
//!     keeper.get("/v1/me").await.expect(200);
//! });
//! ```

pub mod client;
pub mod coverage;
pub mod database;
pub mod dice;
pub mod engines;
pub mod files;
pub mod heard;
pub mod measure;
pub mod mutation;
pub mod people;
pub mod program;
pub mod raw;
pub mod relief;
pub mod server;
pub mod walk;

pub use client::{Answer, Call, Client};
pub use database::Database;
pub use dice::Dice;
pub use people::Ground;
pub use program::Program;
pub use relief::{Disaster, Relief};
pub use server::{Server, Settings, run};

/// Makes one test body two tests, `name::sqlite` and `name::postgres`.
///
/// The body gets a `&Server` on an empty, migrated database of its own. Settings may follow the
/// name as `["header_timeout_s" = "1", …]`, named as in `relief-depot.toml`.
#[macro_export]
macro_rules! on_both {
    ($name:ident, async |$server:ident| $body:block $(,)?) => {
        $crate::on_both!($name, [], async |$server| $body);
    };
    ($name:ident, [$($setting:literal = $value:literal),* $(,)?], async |$server:ident| $body:block $(,)?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports, reason = "not every body needs what stands beside it")]
            use super::*;

            const SETTINGS: $crate::Settings = &[$(($setting, $value)),*];

            async fn body($server: &$crate::Server) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::Database::Sqlite, SETTINGS, body);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Database::Postgres, SETTINGS, body);
            }
        }
    };
}
