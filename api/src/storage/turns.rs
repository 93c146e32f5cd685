//! SQLite's one writer: what waits is done one after the other and kept by one flush of the disk.
//!
//! **Invariant.** Nobody is answered before what was done for them is on the disk. Each piece of
//! work begins at a savepoint of its own, so a refusal undoes nothing of its neighbours. Where the
//! transaction itself breaks, all that was done in it is undone, and each learns that it may try
//! again. What has begun is ended, whether or not anybody still waits for it. After the disk failed
//! no further transaction begins.

mod one_core;

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    Statement,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use super::{Disk, Engine, fault::code, writing::begin_writing};

/// Who comes when so many wait is sent away: they would only wait in vain.
const WAITING_MAX: usize = 2_048;
/// Pieces of work that are kept together at most.
const GROUP_MAX: usize = 128;
/// How many times as long as the last flush took a group is worked on: longer, and whoever was served
/// first waits for nothing, while all who were answered at once leave the writer without work.
const FLUSHES_A_GROUP: u32 = 8;
/// What SQLite says where another program has locked the file.
const BUSY: &str = "5";
/// After that it is tried again so much later.
const PAUSE: Duration = Duration::from_millis(20);
const GROUP_TIME_MIN: Duration = Duration::from_millis(4);
const GROUP_TIME_MAX: Duration = Duration::from_millis(50);

/// Why a piece of work has no outcome.
#[derive(Debug, Clone)]
pub(crate) enum Lost {
    /// Too many wait, the wait was too long, or the server stops. Nothing was done.
    Busy,
    /// A neighbour broke the transaction; this work was undone and may be tried again.
    Undone,
    /// The database would not begin or not keep it.
    Refused(DbErr),
    /// The work panicked and was undone.
    Panicked,
}

/// What came of a piece of work, and whether its changes are to be kept.
pub(crate) struct Worked<T> {
    pub(crate) outcome: T,
    pub(crate) keep: bool,
}

// A piece of work and its answer, once it is known whether the group is on the disk.
type Turn = Box<dyn for<'a> FnOnce(Result<Place<'a>, Lost>) -> BoxFuture<'a, Ended> + Send>;

// Where a piece of work is done: in a transaction, first of all or after another.
struct Place<'a> {
    transaction: &'a DatabaseTransaction,
    is_first: bool,
}

// `None` if nobody waits any more, and nothing was done.
type Ended = Option<Answer>;

struct Answer {
    tell: Box<dyn FnOnce(Result<(), Lost>) + Send>,
    /// Whether the transaction can go on.
    sound: bool,
}

enum Order {
    Work(Turn),
    Stop,
}

/// The line in front of the writer.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    queue: mpsc::Sender<Order>,
    wait: Duration,
}

impl Turns {
    /// Opens the writing connection and puts a writer on it; whoever waits longer than `wait` for a
    /// turn goes away.
    ///
    /// The writer has a thread of its own: every statement is a hop to the driver's thread and back,
    /// and on the threads that all share it would stand behind everybody's requests at each.
    pub(super) async fn open(
        options: ConnectOptions,
        disk: Disk,
        wait: Duration,
    ) -> anyhow::Result<(Self, DatabaseConnection)> {
        let (queue, turns) = mpsc::channel(WAITING_MAX);
        let (opened, opening) = oneshot::channel();
        let runtime = Handle::current();
        thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let _timers = runtime.enter();
                one_core::stay();
                futures_executor::block_on(async {
                    let connection = connect(options, wait).await;
                    let writing = connection.as_ref().ok().cloned();
                    if opened.send(connection).is_ok()
                        && let Some(connection) = writing
                    {
                        write(connection, disk, turns).await;
                    }
                });
            })
            .context("the writer cannot have a thread of its own")?;
        let connection = opening.await.context("the writer ended")??;
        Ok((Self { queue, wait }, connection))
    }

    /// Runs `first` and then `work` from a savepoint when its turn comes, and tells `work` whether
    /// `first` gave a row back; answers when its changes are on the disk.
    ///
    /// `first` goes to the driver in one trip with the savepoint.
    ///
    /// # Errors
    /// When it was not done or not kept.
    pub(crate) async fn take<T, W>(&self, first: Option<Statement>, work: W) -> Result<T, Lost>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a DatabaseTransaction, bool) -> BoxFuture<'a, Worked<T>>
            + Send
            + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let claim = Arc::new(AtomicBool::new(false));
        let turn = turn(Arc::clone(&claim), first, work, answer);
        metrics::gauge!("relief_depot_commands_waiting")
            .set(count(self.queue.max_capacity() - self.queue.capacity()));
        let queued = self.queue.try_send(Order::Work(turn));
        queued.map_err(|_| Lost::Busy)?;
        let waited = tokio::time::timeout(self.wait, &mut answered).await;
        let outcome = match waited {
            Ok(outcome) => outcome,
            // Whoever claims it first decides: the writer, who then ends it, or we, who go.
            Err(_) if !claim.swap(true, Ordering::AcqRel) => return Err(Lost::Busy),
            Err(_) => answered.await,
        };
        // The writer is gone, and with it the transaction.
        outcome.unwrap_or(Err(Lost::Busy))
    }

    /// Ends what waits before this and takes no more.
    pub(super) async fn stop(&self) {
        if self.queue.send(Order::Stop).await.is_ok() {
            self.queue.closed().await;
        }
    }
}

fn turn<T, W>(
    claim: Arc<AtomicBool>,
    first: Option<Statement>,
    work: W,
    answer: oneshot::Sender<Result<T, Lost>>,
) -> Turn
where
    T: Send + 'static,
    W: for<'a> FnOnce(&'a DatabaseTransaction, bool) -> BoxFuture<'a, Worked<T>> + Send + 'static,
{
    Box::new(move |place| {
        async move {
            if claim.swap(true, Ordering::AcqRel) {
                return None;
            }
            let (done, sound) = match place {
                Ok(place) => from_savepoint(&place, first, work).await,
                Err(lost) => (Err(lost), false),
            };
            let tell = Box::new(move |kept: Result<(), Lost>| {
                // Nobody may wait any more; the work stands all the same.
                let _ = answer.send(done.and_then(|outcome| kept.map(|()| outcome)));
            });
            Some(Answer { tell, sound })
        }
        .boxed()
    })
}

// By hand and not as a transaction within the transaction: each of the driver's own savepoints is
// prepared anew and waits twice for its thread. The savepoint of whoever came before is given up in
// the same trip; the last one ends with the transaction.
async fn from_savepoint<T, W>(
    place: &Place<'_>,
    first: Option<Statement>,
    work: W,
) -> (Result<T, Lost>, bool)
where
    W: for<'a> FnOnce(&'a DatabaseTransaction, bool) -> BoxFuture<'a, Worked<T>> + Send + 'static,
{
    let transaction = place.transaction;
    let begin = if place.is_first {
        "SAVEPOINT turn"
    } else {
        "RELEASE turn; SAVEPOINT turn"
    };
    let begun = match first {
        None => transaction.execute_unprepared(begin).await.map(|_| false),
        Some(mut first) => {
            first.sql = format!("{begin}; {}", first.sql);
            let given_back = transaction.query_all_raw(first).await;
            given_back.map(|rows| !rows.is_empty())
        }
    };
    let given_back = match begun {
        Ok(given_back) => given_back,
        Err(error) => return (Err(Lost::Refused(error)), false),
    };
    let worked = AssertUnwindSafe(work(transaction, given_back))
        .catch_unwind()
        .await;
    let Ok(Worked { outcome, keep }) = worked else {
        return (Err(Lost::Panicked), false);
    };
    if keep {
        return (Ok(outcome), true);
    }
    // A full disk ends the whole transaction, and then there is no savepoint to go back to.
    let undone = transaction.execute_unprepared("ROLLBACK TO turn").await;
    (Ok(outcome), undone.is_ok())
}

// The first to open a new file turns it into one with a write-ahead log, and meanwhile SQLite tells
// the others at once that it is locked, however long they would wait.
async fn connect(options: ConnectOptions, wait: Duration) -> Result<DatabaseConnection, DbErr> {
    let mut waited = Duration::ZERO;
    loop {
        match Database::connect(options.clone()).await {
            Err(error) if code(&error).as_deref() == Some(BUSY) && waited < wait => {
                // On the writer's own thread, which nobody else is on yet.
                thread::sleep(PAUSE);
                waited += PAUSE;
            }
            other => return other,
        }
    }
}

async fn write(connection: DatabaseConnection, disk: Disk, mut waiting: mpsc::Receiver<Order>) {
    let mut time = GROUP_TIME_MIN;
    while let Some(Order::Work(first)) = waiting.recv().await {
        let stop = if disk.is_failed() {
            refuse(first, &mut waiting, &Lost::Busy).await
        } else {
            match begin_writing(&connection, Engine::Sqlite).await {
                Ok(transaction) => group(transaction, &disk, first, &mut waiting, &mut time).await,
                Err(error) => {
                    disk.learn(&error);
                    refuse(first, &mut waiting, &Lost::Refused(error)).await
                }
            }
        };
        if stop {
            break;
        }
    }
}

// Runs the first and those that wait behind it for `time`, and sets it for the next group; answers
// whether to stop.
async fn group(
    transaction: DatabaseTransaction,
    disk: &Disk,
    first: Turn,
    waiting: &mut mpsc::Receiver<Order>,
    time: &mut Duration,
) -> bool {
    let began = Instant::now();
    let mut answers = Vec::new();
    let mut stop = false;
    let mut next = Some(first);
    while let Some(turn) = next.take() {
        let place = Place {
            transaction: &transaction,
            is_first: answers.is_empty(),
        };
        let Some(answer) = turn(Ok(place)).await else {
            next = following(waiting, &mut stop);
            continue;
        };
        if !answer.sound {
            // The database may have undone all of it already, and then says so.
            let _ = transaction.rollback().await;
            (answer.tell)(Ok(()));
            tell(answers, &Err(Lost::Undone));
            return stop;
        }
        answers.push(answer);
        if answers.len() < GROUP_MAX && began.elapsed() < *time {
            next = following(waiting, &mut stop);
        }
    }
    metrics::histogram!("relief_depot_commands_per_flush").record(count(answers.len()));
    let flushing = Instant::now();
    let kept = transaction.commit().await.map_err(|error| {
        // Before the next group begins: it must not be told that it is on a disk that failed.
        disk.learn(&error);
        Lost::Refused(error)
    });
    let flushes = flushing.elapsed() * FLUSHES_A_GROUP;
    *time = flushes.clamp(GROUP_TIME_MIN, GROUP_TIME_MAX);
    tell(answers, &kept);
    stop
}

fn tell(answers: Vec<Answer>, kept: &Result<(), Lost>) {
    for answer in answers {
        (answer.tell)(kept.clone());
    }
}

fn following(waiting: &mut mpsc::Receiver<Order>, stop: &mut bool) -> Option<Turn> {
    match waiting.try_recv() {
        Ok(Order::Work(turn)) => Some(turn),
        Ok(Order::Stop) => {
            *stop = true;
            None
        }
        Err(_) => None,
    }
}

// Whoever waits already would only wait once more for the same.
async fn refuse(first: Turn, waiting: &mut mpsc::Receiver<Order>, lost: &Lost) -> bool {
    let mut stop = false;
    let mut next = Some(first);
    while let Some(turn) = next.take() {
        if let Some(answer) = turn(Err(lost.clone())).await {
            (answer.tell)(Ok(()));
        }
        next = following(waiting, &mut stop);
    }
    stop
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
