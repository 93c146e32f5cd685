//! The demonstration: Zhejiang's depots, and Typhoon In-Fa of July 2021 replayed.
//!
//! **Invariant.** Everything goes through the ordinary doors: files through the import, people's
//! steps through the API. What is not published is generated from one seed and marked
//! 「演示数据」. It is made on a database without organisations only, and one that was interrupted is
//! refused.

mod accounts;
mod desk;
mod infa;
mod kits;
mod mark;
mod random;
mod society;
mod stock;
mod suppliers;

use std::{io::Write as _, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use domain::kernel::Text;

use crate::{
    app::App,
    catalogue,
    depots::{self, DepotSelection, SetStockLevels},
    exchange::{self, ImportKind, Job, Order, Progress},
    identity, organisations, routing,
    scope::Scope,
    uow::{self, Request},
};

pub(crate) use accounts::FILE as ACCOUNTS_FILE;

use self::{
    desk::{Desk, Names},
    infa::Story,
    society::{PROVINCE_DEPOT, Society},
};

const OPERATOR: &str = "demo";
// Steps before the replay: organisations, depots, catalogue, stock, levels, accounts, kits, suppliers.
const STEPS: u64 = 8;

/// What was made.
#[derive(Debug)]
pub(crate) struct Demonstration {
    /// Where the passwords of its accounts are.
    pub(crate) accounts: PathBuf,
}

/// Counts the steps aloud.
struct Steps<'a> {
    tell: &'a mut (dyn FnMut(u64, u64) + Send),
    done: u64,
    total: u64,
}

impl Steps<'_> {
    fn next(&mut self) {
        self.done += 1;
        (self.tell)(self.done, self.total);
    }
}

/// Whether a demonstration may be made: there is no organisation yet. Half a demonstration is an
/// error, because whoever meets it would take it for a whole one.
pub(crate) async fn is_possible(app: &App) -> anyhow::Result<bool> {
    mark::check_whole(app).await?;
    Ok(organisations::roots(app.db.read()).await?.is_empty())
}

/// Fills an empty database; `tell` hears how many steps of how many are done.
pub(crate) async fn make(
    app: &App,
    tell: &mut (dyn FnMut(u64, u64) + Send),
) -> anyhow::Result<Demonstration> {
    if !is_possible(app).await? {
        bail!(
            "the database has organisations already; the demonstration is made on an empty one only"
        );
    }
    let story = Story::read()?;
    let total = STEPS + story.orders();
    let mut steps = Steps {
        tell,
        done: 0,
        total,
    };
    mark::begin(app).await?;
    routing::plant(&app.config, app.clock.now()).context("the roads of the demonstration")?;
    import_files(app, &story, &mut steps).await?;
    set_levels(app).await?;
    steps.next();
    let items = story.items().chain(kits::items()?);
    let names = Names::read(app, &items.collect::<Vec<_>>()).await?;
    let people = accounts::make(app, &names, &story.signers()).await?;
    steps.next();
    let desk = Desk::new(app, &people.tokens)?;
    kits::make(&desk, &names).await?;
    steps.next();
    suppliers::make(&desk, &names).await?;
    steps.next();
    story.replay(&desk, &names, &mut || steps.next()).await?;
    for session in people.sessions {
        identity::end_session(app, session).await?;
    }
    mark::complete(app).await?;
    Ok(Demonstration {
        accounts: people.file,
    })
}

async fn import_files(app: &App, story: &Story, steps: &mut Steps<'_>) -> anyhow::Result<()> {
    let society = Society::new(&story.receivers())?;
    let stock = stock::opening_stock(&society.depot_list, &story.allotments)?;
    let mapping = Some(stock::CATALOGUE_MAPPING);
    let files = [
        (
            ImportKind::Organisations,
            "demo-organisations.csv",
            &*society.organisations,
            None,
        ),
        (
            ImportKind::Depots,
            "demo-depots.csv",
            &*society.depots,
            None,
        ),
        (
            ImportKind::Items,
            "catalogue.csv",
            stock::CATALOGUE,
            mapping,
        ),
        (
            ImportKind::OpeningStock,
            "demo-opening-stock.csv",
            &*stock,
            None,
        ),
    ];
    for (kind, name, text, mapping) in files {
        import(app, kind, name, text, mapping).await?;
        steps.next();
    }
    Ok(())
}

async fn import(
    app: &App,
    kind: ImportKind,
    name: &str,
    text: &str,
    mapping: Option<&str>,
) -> anyhow::Result<()> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    let order = Order {
        kind,
        is_skipping: false,
        file_name: Text::new(name)?,
        mapping: exchange::read_mapping(kind, mapping.map(str::as_bytes), None)?,
        organisation: None,
        again: false,
    };
    let job = Job::open(app, order, file).await?;
    let progress = Arc::new(Progress::default());
    job.now(app, &Request::operator(OPERATOR), &progress)
        .await
        .with_context(|| format!("importing {name}"))?;
    Ok(())
}

async fn set_levels(app: &App) -> anyhow::Result<()> {
    let (db, scope) = (app.db.read(), Scope::Everything);
    let depots = depots::depots_where(db, &scope, &DepotSelection::default()).await?;
    let depot = depots.iter().find(|depot| depot.code == PROVINCE_DEPOT);
    let depot = depot.context("the depot of the province")?.id;
    let levels = stock::levels()?;
    let items = catalogue::find_items(db, levels.iter().map(|level| level.item.as_str())).await?;
    for level in &levels {
        let item = items.get(&level.item).and_then(|ids| ids.first());
        let command = SetStockLevels {
            depot,
            item: *item.with_context(|| format!("no item {}", level.item))?,
            based_on: 0,
            levels: level.levels()?,
        };
        uow::execute(app, &Request::operator(OPERATOR), command).await?;
    }
    Ok(())
}
