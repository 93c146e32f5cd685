//! The end-to-end tests: one program, one file per context or topic.
//!
//! **Invariant.** Each test has a server and a database of its own and passes on both databases.
//! One program, because each would link the whole server again.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "all of this program is tests, and the lints take only functions marked as such for them"
)]

mod account_policies;
mod accounts;
mod agreements;
mod alerts;
mod api_keys;
mod append_only;
mod backups;
mod burden;
mod catalogue;
mod conditions;
mod connections;
mod contract;
mod conversions;
mod credentials;
mod decoders;
mod demonstration;
mod depots;
mod devices;
mod disclosure;
mod dispatch;
mod disposals;
mod documentation;
mod duties;
mod exports;
mod failures;
mod fair_use;
mod full_disk;
mod given_passwords;
mod hand_overs;
mod idempotency;
mod imports;
mod incidents;
mod journal;
mod kept_hashes;
mod late_facts;
mod loans;
mod log_canary;
mod login_networks;
mod lot_changes;
mod lot_recalls;
mod matrix;
mod migrations;
mod orders;
mod orders_at_once;
mod organisations;
mod pages;
mod plans;
mod program;
mod provider_logins;
mod races;
mod rating;
mod returns;
mod revocations;
mod routing;
mod row_security;
mod scope;
mod sealed_days;
mod second_factors;
mod second_person;
mod selfcheck;
mod sessions;
mod setup;
mod solve;
mod stock;
mod stocktakes;
mod verify;
mod virtual_warehouse;
mod walk;
mod walls;
mod webhooks;
mod writing;
