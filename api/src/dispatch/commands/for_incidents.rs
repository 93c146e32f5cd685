//! Goods that are bound to an incident, or leave or are held for one.
//!
//! **Invariant.** No goods are for an incident but one that the caller sees. Stock keeps what they
//! are for and knows no incidents, so that the two are put together here.

use domain::{
    kernel::{Id, kinds},
    stock::{LotChangeTo, Restriction},
};

use crate::{
    incidents,
    problem::{Faults, Problem},
    stock::{AskLotChange, Issue, Receive, Reserve},
    uow::{Command, Permission, Uow},
};

/// A command of stock that names incidents.
#[derive(Debug)]
pub(crate) struct ForIncidents<C>(pub(crate) C);

/// Which incidents a command names, and where in the request.
pub(in crate::dispatch) trait NamesIncidents {
    fn incidents(&self) -> Vec<(String, Id<kinds::Incident>)>;
}

impl NamesIncidents for Receive {
    fn incidents(&self) -> Vec<(String, Id<kinds::Incident>)> {
        let lines = self.lines.iter().enumerate();
        lines
            .filter_map(|(number, line)| match line.restriction {
                Restriction::Incident(incident) => {
                    Some((format!("/lines/{number}/restriction/incident_id"), incident))
                }
                _ => None,
            })
            .collect()
    }
}

impl NamesIncidents for Issue {
    fn incidents(&self) -> Vec<(String, Id<kinds::Incident>)> {
        of_purpose(self.purpose.incident)
    }
}

impl NamesIncidents for Reserve {
    fn incidents(&self) -> Vec<(String, Id<kinds::Incident>)> {
        of_purpose(self.purpose.incident)
    }
}

impl NamesIncidents for AskLotChange {
    fn incidents(&self) -> Vec<(String, Id<kinds::Incident>)> {
        match self.to {
            LotChangeTo::Purpose {
                to: Restriction::Incident(incident),
                ..
            } => vec![("/to_restriction/incident_id".to_owned(), incident)],
            LotChangeTo::Purpose { .. } | LotChangeTo::Owner { .. } => Vec::new(),
        }
    }
}

fn of_purpose(incident: Option<Id<kinds::Incident>>) -> Vec<(String, Id<kinds::Incident>)> {
    incident
        .into_iter()
        .map(|incident| ("/purpose/incident_id".to_owned(), incident))
        .collect()
}

impl<C: Command + NamesIncidents> Command for ForIncidents<C> {
    type Output = C::Output;
    const NAME: &'static str = C::NAME;
    const PERMISSION: Permission = C::PERMISSION;
    const PERSONAL: &'static [&'static str] = C::PERSONAL;
    const SECRET: &'static [&'static str] = C::SECRET;

    async fn run(&self, uow: &mut Uow<'_>) -> Result<C::Output, Problem> {
        let mut faults = Faults::default();
        check(uow, self.0.incidents(), &mut faults).await?;
        let done = faults.absorb(self.0.run(uow).await)?;
        faults.finish(done)
    }
}

async fn check(
    uow: &Uow<'_>,
    named: Vec<(String, Id<kinds::Incident>)>,
    faults: &mut Faults,
) -> Result<(), Problem> {
    if named.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = named.iter().map(|(_, incident)| *incident).collect();
    let known = incidents::incidents_among(uow.db(), &uow.scope(), &ids).await?;
    for (pointer, incident) in named {
        if !known.contains(&incident) {
            faults.note(
                pointer,
                "reference",
                "没有这个灾害事件",
                "there is no such incident",
            );
        }
    }
    Ok(())
}
