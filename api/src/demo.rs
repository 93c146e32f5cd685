//! The demonstration: Zhejiang's depots, and Typhoon In-Fa of July 2021 replayed.
//!
//! **Invariant.** Everything goes through the ordinary doors: files through the import, people's
//! steps through the API. What is not published is generated from one seed and marked
//! 「演示数据」. It is made on a database without organisations only.

mod accounts;
mod desk;
mod infa;
mod random;
mod society;
mod stock;

use std::{io::Write as _, path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use domain::kernel::{Id, Text, kinds::Organisation};

use crate::{
    app::App,
    catalogue,
    depots::{self, DepotSelection, SetFloor},
    exchange::{self, ImportKind, Job, Order, Progress},
    identity, organisations,
    scope::Scope,
    uow::{self, Request},
};

use self::{
    desk::{Desk, Names},
    infa::Story,
    society::{HEAD_OFFICE, PROVINCE_DEPOT, Society},
};

const OPERATOR: &str = "demo";
// Steps before the replay: organisations, depots, catalogue, stock, floors, accounts.
const STEPS: u64 = 6;

/// What was made.
#[derive(Debug)]
pub(crate) struct Demonstration {
    /// Where the passwords of its accounts are.
    pub(crate) accounts: PathBuf,
}

/// Whether a demonstration may be made: there is no organisation yet.
pub(crate) async fn is_possible(app: &App) -> anyhow::Result<bool> {
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
    let mut done = 0;
    let mut step = || {
        done += 1;
        tell(done, total);
    };
    let society = Society::new(&story.receivers())?;
    import(
        app,
        ImportKind::Organisations,
        "demo-organisations.csv",
        &society.organisations,
        None,
    )
    .await?;
    step();
    import(
        app,
        ImportKind::Depots,
        "demo-depots.csv",
        &society.depots,
        None,
    )
    .await?;
    step();
    let mapping = Some(stock::CATALOGUE_MAPPING);
    import(
        app,
        ImportKind::Items,
        "catalogue.csv",
        stock::CATALOGUE,
        mapping,
    )
    .await?;
    step();
    let opening = stock::opening_stock(&society.depot_list, &story.allotments)?;
    import(
        app,
        ImportKind::OpeningStock,
        "demo-opening-stock.csv",
        &opening,
        None,
    )
    .await?;
    step();
    set_floors(app).await?;
    step();
    let root = root(app).await?;
    let people = accounts::make(app, root).await?;
    step();
    let items: Vec<_> = story
        .allotments
        .iter()
        .map(|allotment| allotment.item.as_str())
        .collect();
    let names = Names::read(app, &items).await?;
    let desk = Desk::new(app, people.tokens);
    story.replay(&desk, &names, &mut step).await?;
    for session in people.sessions {
        identity::end_session(app, session).await?;
    }
    Ok(Demonstration {
        accounts: people.file,
    })
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

async fn set_floors(app: &App) -> anyhow::Result<()> {
    let (db, scope) = (app.db.read(), Scope::Everything);
    let depots = depots::depots_where(db, &scope, &DepotSelection::default()).await?;
    let depot = depots.iter().find(|depot| depot.code == PROVINCE_DEPOT);
    let depot = depot.context("the depot of the province")?.id;
    let floors = stock::floors()?;
    let items = catalogue::find_items(db, floors.iter().map(|floor| floor.item.as_str())).await?;
    for floor in &floors {
        let item = items.get(&floor.item).and_then(|ids| ids.first());
        let command = SetFloor {
            depot,
            item: *item.with_context(|| format!("no item {}", floor.item))?,
            based_on: 0,
            quantity: floor.min_quantity,
        };
        uow::execute(app, &Request::operator(OPERATOR), &command).await?;
    }
    Ok(())
}

async fn root(app: &App) -> anyhow::Result<Id<Organisation>> {
    let known = organisations::directory(app.db.read(), &Scope::Everything).await?;
    let root = known.iter().find(|known| known.code == HEAD_OFFICE);
    Ok(root.context("the head office")?.id)
}
