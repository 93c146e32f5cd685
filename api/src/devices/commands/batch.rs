//! A batch, command by command.
//!
//! **Invariant.** Each command is its own transaction, so that a batch may be cut anywhere and sent
//! again. What was heard before is answered as it was; what differs from what was heard is refused,
//! and the device is noted as two. A command goes on whatever became of those before it, unless it
//! depends on one that was not done.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{
    devices::{Chain, Outcome, Sent, SequenceError, Standing},
    identity::Capability,
    kernel::{Id, kinds},
};

use crate::{
    app::App,
    problem::{Code, Problem},
    uow::{self, Request},
};

use super::{
    Told,
    follow::{NoteClone, NoteNotDone, cloned, out_of_sequence},
    operations::Sender,
    queries,
    rows::{device, device_command},
    wire::{BatchView, NOT_RUN_BUSY, NOT_RUN_DEPENDENCY, NOT_RUN_TIME, ToldView, told_problem},
};

/// So long a batch is worked on; the rest is sent again.
const TIME_MAX: Duration = Duration::from_secs(20);

/// Runs what a device gathered, in order.
///
/// Refuses the whole with `out-of-sequence` where something before it is missing, and with
/// `device-cloned` where another device used the same numbers.
pub(in crate::devices) async fn run_batch(
    app: &App,
    request: &Request,
    device: Id<kinds::Device>,
    batch: Vec<Told>,
) -> Result<BatchView, Problem> {
    let caller = &request.caller;
    let row = queries::device_row(app.db.read(), &caller.scope(), device).await?;
    caller
        .require(app.db.read(), Capability::PostStock, row.organisation_id)
        .await?;
    let sender = Sender {
        app,
        request,
        device,
    };
    let began = Instant::now();
    let mut following = Following::look(&sender, &batch).await?;
    following.check(&sender, &batch).await?;
    let mut answers: Vec<ToldView> = Vec::new();
    let mut stopped = None;
    for told in &batch {
        if stopped.is_none() && began.elapsed() > TIME_MAX {
            stopped = Some(NOT_RUN_TIME);
        }
        let answer = match (stopped, following.heard.get(&told.sequence)) {
            (_, Some(heard)) => ToldView::heard(heard)?,
            (Some(reason), None) => ToldView::not_run(told.sequence, reason),
            (None, None) => match following.run(&sender, told, &batch).await? {
                Some(answer) => answer,
                None => {
                    stopped = Some(NOT_RUN_BUSY);
                    ToldView::not_run(told.sequence, NOT_RUN_BUSY)
                }
            },
        };
        answers.push(answer);
    }
    let row = queries::device_row(app.db.read(), &caller.scope(), device).await?;
    Ok(BatchView {
        device_id: device,
        next_sequence: row.next_sequence,
        commands: answers,
    })
}

// What the server knows of a device, while it follows it.
struct Following {
    row: device::Model,
    heard: BTreeMap<i64, device_command::Model>,
}

impl Following {
    // The device first: whatever it says was heard is there to be read.
    async fn look(sender: &Sender<'_>, batch: &[Told]) -> Result<Self, Problem> {
        let db = sender.app.db.read();
        let scope = sender.request.caller.scope();
        let row = queries::device_row(db, &scope, sender.device).await?;
        let first = batch.first().map_or(1, |told| told.sequence);
        let last = batch.last().map_or(0, |told| told.sequence);
        let heard = queries::heard(db, sender.device, first, last).await?;
        Ok(Self { row, heard })
    }

    // Whether the batch goes on from what was heard. All of it is compared before any of it is run.
    async fn check(&mut self, sender: &Sender<'_>, batch: &[Told]) -> Result<(), Problem> {
        for told in batch {
            let chain = Chain {
                next: self.row.next_sequence,
                last: self.row.last_hash.as_deref(),
            };
            let heard = self.heard.get(&told.sequence);
            let heard = heard.map(|row| row.request_hash.as_str());
            match chain.judge(&sent(told), heard) {
                Ok(Standing::Heard) => {}
                // What follows it follows a command that is not run yet.
                Ok(Standing::Next) => break,
                Err(SequenceError::Gap { expected }) => {
                    return Err(out_of_sequence(self.row.id, expected));
                }
                Err(SequenceError::Cloned { sequence }) => {
                    return Err(self.note_clone(sender, sequence).await?);
                }
            }
        }
        self.linked(sender, batch).await
    }

    // Whether the commands of the batch follow one another as they say.
    async fn linked(&self, sender: &Sender<'_>, batch: &[Told]) -> Result<(), Problem> {
        for pair in batch.windows(2) {
            if let [before, told] = pair
                && told.previous.as_ref().is_some_and(|it| *it != before.hash)
            {
                return Err(self.note_clone(sender, before.sequence).await?);
            }
        }
        Ok(())
    }

    async fn note_clone(&self, sender: &Sender<'_>, sequence: i64) -> Result<Problem, Problem> {
        let request = Request {
            key: None,
            ..sender.request.clone()
        };
        let command = NoteClone {
            device: sender.device,
            sequence,
        };
        uow::execute(sender.app, &request, command).await?;
        Ok(cloned(self.row.id, sequence))
    }

    // Runs the next command; nothing, if the server cannot now.
    async fn run(
        &mut self,
        sender: &Sender<'_>,
        told: &Told,
        batch: &[Told],
    ) -> Result<Option<ToldView>, Problem> {
        let ran = if self.waits_in_vain(sender, told).await? {
            self.note(sender, told, Outcome::NotRun, None).await
        } else {
            match sender.run(told).await {
                Ok((result, replayed)) => Ok(ToldView::done(told.sequence, result, replayed)),
                Err(problem) if is_about_the_device(&problem) => Err(problem),
                Err(problem) if problem.is_refusal() => {
                    let problem = Some(&problem);
                    self.note(sender, told, Outcome::Refused, problem).await
                }
                Err(problem) => Err(problem),
            }
        };
        match ran {
            Ok(answer) => Ok(Some(answer)),
            // Somebody else has sent it meanwhile, or something else under its number.
            Err(problem) if is_about_the_device(&problem) => {
                *self = Self::look(sender, batch).await?;
                self.check(sender, batch).await?;
                match self.heard.get(&told.sequence) {
                    Some(heard) => ToldView::heard(heard).map(Some),
                    None => Err(problem),
                }
            }
            Err(problem) if problem.is_refusal() => Err(problem),
            Err(problem) => {
                tracing::warn!(device = %sender.device, sequence = told.sequence, %problem, "a batch stopped");
                Ok(None)
            }
        }
    }

    async fn waits_in_vain(&self, sender: &Sender<'_>, told: &Told) -> Result<bool, Problem> {
        let Some(before) = told.depends_on else {
            return Ok(false);
        };
        let heard = queries::heard(sender.app.db.read(), sender.device, before, before).await?;
        let outcome = heard.get(&before).map(|row| row.outcome.as_str());
        Ok(outcome != Some(Outcome::Done.name()))
    }

    async fn note(
        &self,
        sender: &Sender<'_>,
        told: &Told,
        outcome: Outcome,
        problem: Option<&Problem>,
    ) -> Result<ToldView, Problem> {
        let request = Request {
            key: None,
            ..sender.request.clone()
        };
        let problem = problem.map(told_problem);
        let command = NoteNotDone {
            device: sender.device,
            told: told.clone(),
            outcome,
            problem: problem.clone(),
        };
        uow::execute(sender.app, &request, command).await?;
        Ok(match problem {
            Some(problem) => ToldView::refused(told.sequence, problem),
            None => ToldView::not_run(told.sequence, NOT_RUN_DEPENDENCY),
        })
    }
}

fn sent(told: &Told) -> Sent<'_> {
    Sent {
        sequence: told.sequence,
        hash: &told.hash,
        previous: told.previous.as_deref(),
    }
}

fn is_about_the_device(problem: &Problem) -> bool {
    matches!(
        problem.code,
        Code::OutOfSequence | Code::DeviceCloned | Code::IdempotencyKeyReused
    )
}
