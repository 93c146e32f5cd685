//! The history of the schema.
//!
//! **Invariant.** A migration, once released, is never edited; it depends on nothing of ours, so
//! that it keeps its meaning when a type changes; it is transactional on both databases. Changes
//! expand first and contract in a later release.

use sea_orm_migration::prelude::*;

mod columns;
mod history;
mod m20261123_000001_foundation;
mod m20261123_000002_catalogue;
mod m20261123_000003_depots;
mod m20261123_000004_stock;
mod m20261123_000005_incidents;
mod m20261123_000006_dispatch;
mod m20261123_000007_exchange;
mod m20261126_000008_order_accounts;
mod m20261126_000009_demonstration;
mod m20261126_000010_stocktakes;
mod m20261126_000011_recalls;
mod m20261126_000012_conversions;
mod m20261126_000013_conditions;
mod m20261126_000014_devices;
mod m20261126_000015_disposals;
mod m20261126_000016_levels;
mod m20261126_000020_rule_sets;
mod m20261126_000021_assessments;
mod m20261126_000022_duties;
mod m20261126_000026_agreements;
mod m20261126_000029_road_closures;
mod m20261126_000031_seal;
mod m20261127_000032_disclosure;
mod m20261127_000033_disclosure_duty;
mod m20261127_000034_receipt_codes;
mod m20261127_000035_lot_changes;
mod m20261127_000036_loans;
mod m20261127_000037_guaranteed_minimum;
mod m20261127_000038_population;
mod m20261127_000039_webhooks;
mod m20261127_000040_assessment_acts;
mod m20261127_000041_passwords;
mod m20261127_000042_second_factors;
mod m20261127_000044_awaited;
mod m20261127_000048_given_passwords;
mod m20261127_000049_networks;
mod m20261127_000050_identities;
mod m20261127_000051_movements_of_entries;
mod m20261127_000052_sealed_days;
mod m20261127_000053_append_only;
mod m20261127_000054_session_networks;
mod m20261127_000057_on_road;
mod m20261127_000058_call_offs_of_sites;
mod m20261127_000059_imported_agreements;
mod m20261128_000061_plan_texts;
mod m20261128_000064_approved_alone;
mod m20261128_000065_key_holders;
mod m20261128_000066_substitutes;
mod m20261128_000067_alerts;
mod m20261128_000068_fair_use;
mod m20261128_000069_written_by;
mod m20261128_000070_declared_from;

/// Runs the history.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_foundation::Migration),
            Box::new(m20261123_000002_catalogue::Migration),
            Box::new(m20261123_000003_depots::Migration),
            Box::new(m20261123_000004_stock::Migration),
            Box::new(m20261123_000005_incidents::Migration),
            Box::new(m20261123_000006_dispatch::Migration),
            Box::new(m20261123_000007_exchange::Migration),
            Box::new(m20261126_000008_order_accounts::Migration),
            Box::new(m20261126_000009_demonstration::Migration),
            Box::new(m20261126_000010_stocktakes::Migration),
            Box::new(m20261126_000011_recalls::Migration),
            Box::new(m20261126_000012_conversions::Migration),
            Box::new(m20261126_000013_conditions::Migration),
            Box::new(m20261126_000014_devices::Migration),
            Box::new(m20261126_000015_disposals::Migration),
            Box::new(m20261126_000016_levels::Migration),
            Box::new(m20261126_000020_rule_sets::Migration),
            Box::new(m20261126_000021_assessments::Migration),
            Box::new(m20261126_000022_duties::Migration),
            Box::new(m20261126_000026_agreements::Migration),
            Box::new(m20261126_000029_road_closures::Migration),
            Box::new(m20261126_000031_seal::Migration),
            Box::new(m20261127_000032_disclosure::Migration),
            Box::new(m20261127_000033_disclosure_duty::Migration),
            Box::new(m20261127_000034_receipt_codes::Migration),
            Box::new(m20261127_000035_lot_changes::Migration),
            Box::new(m20261127_000036_loans::Migration),
            Box::new(m20261127_000037_guaranteed_minimum::Migration),
            Box::new(m20261127_000038_population::Migration),
            Box::new(m20261127_000039_webhooks::Migration),
            Box::new(m20261127_000040_assessment_acts::Migration),
            Box::new(m20261127_000041_passwords::Migration),
            Box::new(m20261127_000042_second_factors::Migration),
            Box::new(m20261127_000044_awaited::Migration),
            Box::new(m20261127_000048_given_passwords::Migration),
            Box::new(m20261127_000049_networks::Migration),
            Box::new(m20261127_000050_identities::Migration),
            Box::new(m20261127_000051_movements_of_entries::Migration),
            Box::new(m20261127_000052_sealed_days::Migration),
            Box::new(m20261127_000053_append_only::Migration),
            Box::new(m20261127_000054_session_networks::Migration),
            Box::new(m20261127_000057_on_road::Migration),
            Box::new(m20261127_000058_call_offs_of_sites::Migration),
            Box::new(m20261127_000059_imported_agreements::Migration),
            Box::new(m20261128_000061_plan_texts::Migration),
            Box::new(m20261128_000064_approved_alone::Migration),
            Box::new(m20261128_000065_key_holders::Migration),
            Box::new(m20261128_000066_substitutes::Migration),
            Box::new(m20261128_000067_alerts::Migration),
            Box::new(m20261128_000068_fair_use::Migration),
            Box::new(m20261128_000069_written_by::Migration),
            Box::new(m20261128_000070_declared_from::Migration),
        ]
    }
}
