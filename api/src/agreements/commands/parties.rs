//! Who delivers, and from where.
//!
//! **Invariant.** A supplier is a partner body, and its depot is one of suppliers. Of a depot that is none
//! only who sees it learns so.

use domain::{
    depots::Operation,
    kernel::{Id, kinds},
    organisations::Body,
};

use super::Terms;
use crate::{
    depots, organisations,
    problem::{Faults, Problem},
    scope::Scope,
    uow::Uow,
};

/// Whether it is a partner body.
pub(super) async fn check_supplier(
    uow: &Uow<'_>,
    supplier: Id<kinds::Organisation>,
    faults: &mut Faults,
) -> Result<(), Problem> {
    // Suppliers are reference data: a county calls those of its province.
    let bodies = organisations::bodies(uow.db(), &[supplier.uuid()]).await?;
    match bodies.get(&supplier.uuid()) {
        Some(Body::Partner) => {}
        Some(Body::Society(_)) => faults.note(
            "/supplier_id",
            "not-a-partner",
            "供应商须是合作单位，不能是红十字会",
            "a supplier is a partner body, not a society",
        ),
        None => faults.note(
            "/supplier_id",
            "reference",
            "没有这个单位",
            "there is no such organisation",
        ),
    }
    Ok(())
}

/// Whether the goods can come from where an agreement says.
pub(super) async fn check_origin(
    uow: &Uow<'_>,
    terms: &Terms,
    faults: &mut Faults,
) -> Result<(), Problem> {
    if let Some(depot) = terms.depot {
        let found = depots::depots_facts(uow.db(), &Scope::Everything, &[depot]).await?;
        // A supplier's depot is everybody's to name; of any other only who sees it learns that it is.
        let seen = depots::depots_facts(uow.db(), &uow.scope(), &[depot]).await?;
        match found.get(&depot).map(|depot| depot.operation) {
            Some(Operation::Supplier) => {}
            Some(_) if seen.contains_key(&depot) => faults.note(
                "/depot_id",
                "not-a-supplier",
                "供货库点须是运营方式为供应商的库",
                "the goods come from a depot that a supplier runs",
            ),
            Some(_) | None => faults.note(
                "/depot_id",
                "reference",
                "没有这个储备库",
                "there is no such depot",
            ),
        }
    }
    if let Some(code) = terms.division {
        let wrong = organisations::not_of_today(uow.db(), &[code], uow.today()).await?;
        if let Some(fault) = wrong.get(&code) {
            faults.take::<(), _>("/division_code", Err(fault.clone()));
        }
    }
    Ok(())
}
