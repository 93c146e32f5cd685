//! Goods come in, whatever they are bound to.
//!
//! **Invariant.** Goods are bound to no incident but one that their receiver sees. Stock keeps what
//! they are bound to and knows no incidents, so that the two are put together here.

use domain::{kernel::Id, stock::Restriction};

use crate::{
    incidents,
    problem::{Faults, Problem},
    stock::{ReceiptView, Receive},
    uow::{Command, Uow},
};

/// Books goods in.
#[derive(Debug)]
pub(in crate::dispatch) struct ReceiveGoods {
    pub(in crate::dispatch) receipt: Receive,
}

impl Command for ReceiveGoods {
    type Output = ReceiptView;
    const NAME: &'static str = Receive::NAME;
    const PERSONAL: &'static [&'static str] = Receive::PERSONAL;

    async fn run(&self, uow: &mut Uow<'_>) -> Result<ReceiptView, Problem> {
        let mut faults = Faults::default();
        self.check_incidents(uow, &mut faults).await?;
        let received = faults.absorb(self.receipt.run(uow).await)?;
        faults.finish(received)
    }
}

impl ReceiveGoods {
    async fn check_incidents(&self, uow: &Uow<'_>, faults: &mut Faults) -> Result<(), Problem> {
        let lines = self.receipt.lines.iter().enumerate();
        let bound: Vec<_> = lines
            .filter_map(|(number, line)| match line.restriction {
                Restriction::Incident(incident) => Some((number, incident)),
                _ => None,
            })
            .collect();
        if bound.is_empty() {
            return Ok(());
        }
        let ids: Vec<Id<_>> = bound.iter().map(|&(_, incident)| incident).collect();
        let known = incidents::incidents_among(uow.db(), &uow.scope(), &ids).await?;
        for (number, incident) in bound {
            if !known.contains(&incident) {
                faults.note(
                    format!("/lines/{number}/restriction/incident_id"),
                    "reference",
                    "没有这个灾害事件",
                    "there is no such incident",
                );
            }
        }
        Ok(())
    }
}
