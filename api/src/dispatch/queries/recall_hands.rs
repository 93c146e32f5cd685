//! Who signed for goods of recalled lots.
//!
//! **Invariant.** The signature is the one that the movement's own command wrote, and is told to
//! those only who see its shipment. Two statements more than the ledger's page.

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::{Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};

use crate::{
    dispatch::rows::{hand_over, shipment},
    http::{Page, PageQuery},
    problem::Problem,
    scope::{Scope, reference, visible},
    stock::{self, RecallHandView},
};

/// A page of hands with their sites and signatures.
pub(in crate::dispatch) async fn recall_hands(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Id<kinds::LotRecall>,
    page: &PageQuery,
) -> Result<Page<RecallHandView>, Problem> {
    let mut found = stock::recall_hands(db, scope, id, page).await?;
    let shipments: BTreeSet<_> = found
        .items
        .iter()
        .filter_map(|hand| hand.shipment_id.map(Id::uuid))
        .collect();
    let shipments = visible::<shipment::Entity>(scope)
        .filter(shipment::Column::Id.is_in(shipments))
        .all(db)
        .await?;
    let signed = reference::<hand_over::Entity>()
        .filter(hand_over::Column::ShipmentId.is_in(shipments.iter().map(|row| row.id)))
        .all(db)
        .await?;
    let signed: BTreeMap<_, _> = signed
        .into_iter()
        .filter_map(|row| Some(((row.shipment_id, row.journal_id?), row)))
        .collect();
    let sites: BTreeMap<_, _> = shipments
        .into_iter()
        .map(|row| (row.id, row.site_id))
        .collect();
    for hand in &mut found.items {
        let Some(shipment) = hand.shipment_id.map(Id::uuid) else {
            continue;
        };
        hand.site_id = sites.get(&shipment).copied().flatten().map(Id::from_uuid);
        if let Some(row) = signed.get(&(shipment, hand.journal_id.uuid())) {
            hand.hand_over_id = Some(Id::from_uuid(row.id));
            hand.given_by = Some(row.given_by.clone());
            hand.received_by = Some(row.received_by.clone());
        }
    }
    Ok(found)
}
