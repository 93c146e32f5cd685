//! Which way the arrows point (DESIGN §2).
//!
//! **Invariant.** The tables here have no cycle, so a crate that keeps to them has none.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Use;

/// A context, and the contexts it may use. Every context stands in it, above those that use it.
type Order = &'static [(&'static str, &'static [&'static str])];

/// The modules of `domain`.
const DOMAIN: Order = &[
    ("kernel", &[]),
    ("organisations", &["kernel"]),
    ("identity", &["kernel", "organisations"]),
    ("catalogue", &["kernel", "organisations"]),
    ("depots", &["kernel", "organisations", "catalogue"]),
    ("stock", &["kernel", "organisations", "catalogue", "depots"]),
    ("agreements", &["kernel", "stock"]),
    ("incidents", &["kernel"]),
    ("alerts", &["kernel", "organisations", "incidents"]),
    ("routing", &["kernel", "depots", "incidents", "alerts"]),
    ("dispatch", DISPATCHER_VIEW),
    ("disclosure", &["kernel"]),
    ("duties", &["kernel"]),
    ("rating", RATER_VIEW),
    ("virtual_warehouse", DISPATCHER_VIEW),
    ("journal", &["kernel"]),
    ("sealed_days", &["kernel", "stock", "journal"]),
    ("webhooks", &["kernel"]),
    ("devices", &["kernel"]),
    ("exchange", EVERYONE),
];

/// The contexts of `api`. They have no kernel of their own, and incidents look up divisions and
/// items by name before they refer to them.
const API: Order = &[
    ("organisations", &[]),
    ("identity", &["organisations"]),
    ("catalogue", &["organisations"]),
    ("depots", &["organisations", "catalogue"]),
    ("stock", &["organisations", "catalogue", "depots"]),
    ("incidents", &["organisations", "catalogue"]),
    (
        "agreements",
        &["organisations", "catalogue", "depots", "stock", "incidents"],
    ),
    ("alerts", &["organisations", "incidents"]),
    (
        "routing",
        &["organisations", "depots", "incidents", "alerts"],
    ),
    ("dispatch", DISPATCHER_VIEW),
    ("journal", &[]),
    (
        "sealed_days",
        &["organisations", "catalogue", "depots", "stock", "journal"],
    ),
    ("disclosure", ACCOUNT_VIEW),
    (
        "duties",
        &[
            "organisations",
            "catalogue",
            "depots",
            "stock",
            "dispatch",
            "disclosure",
        ],
    ),
    ("rating", RATER_VIEW),
    ("virtual_warehouse", POOL_VIEW),
    ("devices", &["organisations", "stock", "dispatch"]),
    ("webhooks", &["organisations", "journal"]),
    ("exchange", EVERYONE),
];

/// Where stock, incidents and roads come together.
const DISPATCHER_VIEW: &[&str] = &[
    "kernel",
    "organisations",
    "catalogue",
    "depots",
    "stock",
    "agreements",
    "incidents",
    "routing",
];

/// What the public is told: goods, whose they are, what they were for and where they went. A
/// statement stands at a position of the journal and a trace carries its proofs; nothing is decided
/// by either.
const ACCOUNT_VIEW: &[&str] = &[
    "organisations",
    "catalogue",
    "depots",
    "stock",
    "incidents",
    "dispatch",
    "journal",
];

/// What depots are rated by: their stock, what they sent, and what they did in time.
const RATER_VIEW: &[&str] = &[
    "kernel",
    "organisations",
    "catalogue",
    "depots",
    "stock",
    "agreements",
    "dispatch",
    "disclosure",
    "duties",
];

/// As [`DISPATCHER_VIEW`], what is on the road, and how good the stock of each depot is.
const POOL_VIEW: &[&str] = &[
    "organisations",
    "catalogue",
    "depots",
    "stock",
    "agreements",
    "incidents",
    "routing",
    "dispatch",
    "rating",
];

/// All but the journal, which nobody reads to decide, and `exchange` itself.
const EVERYONE: &[&str] = &[
    "kernel",
    "organisations",
    "identity",
    "catalogue",
    "depots",
    "stock",
    "agreements",
    "incidents",
    "routing",
    "dispatch",
    "duties",
    "disclosure",
    "rating",
    "virtual_warehouse",
];

/// The files of a context, and what of its own context each may use. A request is parsed into a
/// command and a row shown as a view in `wire`; a command answers with such a view.
const ROOMS: Order = &[
    ("rows", &["rows"]),
    ("wire", &["wire", "rows", "commands"]),
    ("queries", &["queries", "rows", "wire"]),
    ("commands", &["commands", "queries", "rows", "wire"]),
    ("routes", &["routes", "wire", "commands", "queries"]),
];

/// Contexts that run commands of another inside their own transaction, and why they must.
const RUNS: Order = &[
    // The first account and the organisation that it belongs to come into being together.
    ("identity", &["organisations"]),
    // A depot closes when nothing is left in it, which is for stock to say and for depots to do.
    ("stock", &["depots"]),
    // What a supplier brings to a depot is a receipt and a delivery at once, or neither.
    ("agreements", &["stock"]),
    // Confirming reserves, sending issues and hand-over books what was lost: all or nothing. An
    // incident ends when none of its orders runs, which is for dispatch to say and for incidents to
    // do.
    ("dispatch", &["stock", "incidents"]),
    // A wrong code is counted where the codes of receipts are kept.
    ("disclosure", &["stock"]),
    // An incident is declared from an alert while the alert is held.
    ("alerts", &["incidents"]),
    // Roads are closed by areas that are checked and kept as those of incidents are.
    // An alert and what it does to closed roads are one.
    ("routing", &["incidents", "alerts"]),
    // What a keeper did without a network is told as the commands that it would have been.
    ("devices", &["stock", "dispatch"]),
    // A file is a list of commands.
    ("exchange", EVERYONE),
];

/// What the standard library offers and `domain` must not touch. Threads it may have where they end
/// with the function that began them (`thread::scope`): then they change nothing but the time.
const OUTSIDE_WORLD: &[&[&str]] = &[
    &["env"],
    &["fs"],
    &["io"],
    &["net"],
    &["process"],
    &["thread", "Builder"],
    &["thread", "current"],
    &["thread", "park"],
    &["thread", "sleep"],
    &["thread", "spawn"],
    &["time", "Instant"],
    &["time", "SystemTime"],
];

fn find(order: Order, name: &str) -> Option<&'static [&'static str]> {
    order
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, may)| *may)
}

/// What is wrong with a path that `domain` names.
pub(crate) fn domain_fault(found: &Use) -> Option<String> {
    if matches!(found.krate.as_str(), "std" | "core" | "alloc") {
        let outside = OUTSIDE_WORLD.iter().find(|path| {
            found
                .to
                .iter()
                .map(String::as_str)
                .take(path.len())
                .eq(path.iter().copied())
        })?;
        return Some(format!("`domain` reaches std::{}", outside.join("::")));
    }
    if found.krate != "domain" {
        return None;
    }
    let (from, to) = (found.from.first()?, found.to.first()?);
    if from == to {
        return None;
    }
    let Some(may) = find(DOMAIN, from) else {
        return Some(format!(
            "`{from}` has no place in the order of contexts (order.rs)"
        ));
    };
    // What is no module of the order is an item of the root, or no path at all.
    find(DOMAIN, to)?;
    if !may.contains(&to.as_str()) {
        return Some(format!("`{from}` may not use `{to}`"));
    }
    if found.handed_on.is_some() {
        return Some(format!("`{from}` hands on what belongs to `{to}`"));
    }
    None
}

/// What a context's own file hands on: `stock::Post` is `stock::commands::Post` by another name.
#[derive(Default)]
pub(crate) struct Faces(BTreeMap<(String, String), Vec<String>>);

impl Faces {
    /// Learns from the paths of a crate.
    pub(crate) fn learn(&mut self, krate: &str, uses: &[Use]) {
        for found in uses.iter().filter(|found| found.krate == krate) {
            if let Some(name) = &found.handed_on
                && let [context] = found.from.as_slice()
                && found.to.first() == Some(context)
            {
                self.0
                    .insert((context.clone(), name.clone()), found.to.clone());
            }
        }
    }

    /// The path to where the thing really is.
    pub(crate) fn behind(&self, found: &Use) -> Use {
        let mut found = found.clone();
        if let [context, name, rest @ ..] = found.to.as_slice()
            && found.from.first() != Some(context)
            && let Some(real) = self.0.get(&(context.clone(), name.clone()))
        {
            found.to = [real, rest].concat();
        }
        found
    }
}

/// What is wrong with a path that `api` names.
pub(crate) fn api_fault(found: &Use) -> Option<String> {
    if found.krate != "api" {
        return None;
    }
    let to = found.to.first()?;
    let may_be_used = find(API, to);
    let Some(from) = found.from.first().filter(|from| find(API, from).is_some()) else {
        // What is no context (`http`, `uow`, the command line) puts contexts together.
        may_be_used?;
        return match found.to.get(1).map(String::as_str) {
            Some("rows") => Some(format!("the rows of `{to}` are its own")),
            Some("*") => Some(format!("names of `{to}` must be named")),
            _ => None,
        };
    };
    may_be_used?;
    let (here, there) = (found.from.get(1), found.to.get(1));
    if from == to {
        return own_fault(
            from,
            here.map_or("", String::as_str),
            there?,
            found.handed_on.as_deref(),
        );
    }
    let room = here.map_or("", String::as_str);
    // Who asks is a matter of the request, and handlers extract it.
    let asks_who = to == "identity" && room == "routes";
    // A paper that travels carries a checkpoint, so that whoever holds it is a witness. Showing it
    // decides nothing.
    let shows_proof = from == "dispatch" && to == "journal" && room == "routes";
    let allowed = asks_who || shows_proof || find(API, from)?.contains(&to.as_str());
    if !allowed {
        return Some(format!("`{from}` may not use `{to}`"));
    }
    // The context itself, by name, opens no room yet.
    let there = there?.as_str();
    let runs = find(RUNS, from).is_some_and(|run| run.contains(&to.as_str()));
    // What another's query asks for or answers is a shape; calling it from `wire` would be a read.
    let is_shape = found
        .to
        .last()
        .is_some_and(|name| name.starts_with(char::is_uppercase));
    let open = match there {
        "queries" => !matches!(room, "wire" | "rows") || (room == "wire" && is_shape),
        // Stock offers two doors that are more than a query: what is free to be promised, and the
        // ledger, by which others post in their own transaction (ARCHITECTURE).
        "available" => to == "stock" && !matches!(room, "wire" | "rows"),
        "ledger" => {
            to == "stock" && runs && !matches!(room, "wire" | "rows" | "queries" | "routes")
        }
        // A command that ends in another's answers with the other's view.
        "wire" => {
            // A kind of file (`exchange::kinds`) is such a command.
            matches!(room, "wire" | "queries")
                || shows_proof
                || (matches!(room, "commands" | "routes" | "kinds") && runs)
        }
        "commands" => !matches!(room, "wire" | "rows" | "queries" | "routes") && runs,
        "caller" => asks_who,
        _ => false,
    };
    if !open {
        return Some(format!("`{from}::{room}` may not use `{to}::{there}`"));
    }
    if found.handed_on.is_some() {
        return Some(format!("`{from}` hands on what belongs to `{to}`"));
    }
    None
}

/// What is wrong with a path from one file of a context to another of the same.
fn own_fault(context: &str, here: &str, there: &str, handed_on: Option<&str>) -> Option<String> {
    if handed_on == Some("*") {
        return Some(format!("names of `{context}` must be named"));
    }
    if handed_on.is_some() && there == "rows" && here != "rows" {
        let here = if here.is_empty() {
            context.to_owned()
        } else {
            format!("{context}::{here}")
        };
        return Some(format!("`{here}` hands on the rows of `{context}`"));
    }
    let may = find(ROOMS, here)?;
    find(ROOMS, there)?;
    (!may.contains(&there)).then(|| format!("`{context}::{here}` may not use `{context}::{there}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    /// Reads `text` as the module `module` of `krate` and compares the first fault.
    fn check(krate: &str, module: &str, text: &str, expected: Option<&str>) {
        let path = format!("{krate}/src/{}.rs", module.replace("::", "/"));
        let content = source::content(krate, source::module_of(&path), text).unwrap();
        let judge = if krate == "domain" {
            domain_fault
        } else {
            api_fault
        };
        let fault = content.uses.iter().find_map(judge);
        assert_eq!(fault.as_deref(), expected, "{module}: {text}");
    }

    #[test]
    fn the_order_has_no_cycle() {
        for order in [DOMAIN, API] {
            let mut above = BTreeSet::new();
            for (context, may) in order {
                for used in may.iter().filter(|used| find(order, used).is_some()) {
                    assert!(
                        above.contains(used),
                        "{context} uses {used}, which stands below it"
                    );
                }
                above.insert(*context);
            }
        }
    }

    #[test]
    fn the_domain_looks_up_only() {
        let check = |module, text, expected| check("domain", module, text, expected);
        check("stock::ledger", "use crate::kernel::Quantity;", None);
        check(
            "stock::ledger",
            "use crate::depots::Zone; use super::lot::Lot;",
            None,
        );
        check(
            "kernel",
            "use crate::stock::Lot;",
            Some("`kernel` may not use `stock`"),
        );
        check(
            "depots",
            "use crate::stock::Lot;",
            Some("`depots` may not use `stock`"),
        );
        check(
            "incidents",
            "use crate::depots::Depot;",
            Some("`incidents` may not use `depots`"),
        );
        check("rating", "use crate::dispatch::Order;", None);
        check(
            "dispatch",
            "use crate::rating::Grade;",
            Some("`dispatch` may not use `rating`"),
        );
        check(
            "duties",
            "use crate::rating::Grade;",
            Some("`duties` may not use `rating`"),
        );
        check(
            "stock",
            "use crate::journal::Entry;",
            Some("`stock` may not use `journal`"),
        );
        check(
            "stock",
            "use crate::exchange::Sheet;",
            Some("`stock` may not use `exchange`"),
        );
        check(
            "dispatch",
            "pub use crate::stock::Lot;",
            Some("`dispatch` hands on what belongs to `stock`"),
        );
        check(
            "weather",
            "use crate::kernel::Id;",
            Some("`weather` has no place in the order of contexts (order.rs)"),
        );
    }

    #[test]
    fn the_domain_touches_nothing_outside() {
        let check = |text, expected| check("domain", "stock", text, expected);
        check("use std::collections::BTreeMap;", None);
        check("use std::time::Duration;", None);
        check("use std::fs::File;", Some("`domain` reaches std::fs"));
        check("use std::thread; fn f() { thread::scope(g); }", None);
        check(
            "use std::thread; fn f() { thread::spawn(g); }",
            Some("`domain` reaches std::thread::spawn"),
        );
        check(
            "fn f() { std::env::var(\"X\"); }",
            Some("`domain` reaches std::env"),
        );
        check(
            "use std::{time::{self}}; fn f() { time::Instant::now(); }",
            Some("`domain` reaches std::time::Instant"),
        );
        check(
            "use std::time::SystemTime;",
            Some("`domain` reaches std::time::SystemTime"),
        );
    }

    #[test]
    fn contexts_ask_one_another_by_queries() {
        let check = |module, text, expected| check("api", module, text, expected);
        check(
            "dispatch::commands",
            "use crate::stock::queries::balances;",
            None,
        );
        check(
            "dispatch::commands",
            "use crate::stock::queries; fn f() { queries::g(); }",
            None,
        );
        check(
            "dispatch::commands",
            "use crate::stock::rows::lot;",
            Some("`dispatch::commands` may not use `stock::rows`"),
        );
        check(
            "dispatch::commands",
            "use crate::stock; fn f() { stock::rows::g(); }",
            Some("`dispatch::commands` may not use `stock::rows`"),
        );
        check(
            "dispatch::commands",
            "use crate::stock::*;",
            Some("`dispatch::commands` may not use `stock::*`"),
        );
        check(
            "dispatch::commands",
            "use crate::stock::Model;",
            Some("`dispatch::commands` may not use `stock::Model`"),
        );
        check("dispatch::wire", "use crate::stock::wire::LotView;", None);
        check(
            "dispatch::queries",
            "use crate::stock::wire::LotView;",
            None,
        );
        check("dispatch::routes", "use crate::stock::wire::LotView;", None);
        check(
            "rating::routes",
            "use crate::stock::wire::LotView;",
            Some("`rating::routes` may not use `stock::wire`"),
        );
        check(
            "stock::commands",
            "use crate::depots::wire::DepotView;",
            None,
        );
        check(
            "stock::commands",
            "use crate::catalogue::wire::ItemView;",
            Some("`stock::commands` may not use `catalogue::wire`"),
        );
        check(
            "dispatch::wire",
            "use crate::stock::queries::x;",
            Some("`dispatch::wire` may not use `stock::queries`"),
        );
        check("dispatch::wire", "use crate::stock::queries::Facts;", None);
        check("dispatch::commands", "use crate::stock::ledger;", None);
        check("exchange::kinds", "use crate::stock::ledger::Papers;", None);
        check(
            "rating::commands",
            "use crate::stock::ledger;",
            Some("`rating::commands` may not use `stock::ledger`"),
        );
        check(
            "dispatch::queries",
            "use crate::stock::ledger;",
            Some("`dispatch::queries` may not use `stock::ledger`"),
        );
        check("dispatch::queries", "use crate::stock::available;", None);
        check(
            "dispatch::wire",
            "use crate::stock::available;",
            Some("`dispatch::wire` may not use `stock::available`"),
        );
        check(
            "stock::commands",
            "use crate::dispatch::queries::x;",
            Some("`stock` may not use `dispatch`"),
        );
        check(
            "incidents::queries",
            "use crate::stock::queries::x;",
            Some("`incidents` may not use `stock`"),
        );
        check(
            "dispatch::routes",
            "use crate::journal::queries::latest_checkpoint;",
            None,
        );
        check(
            "dispatch::commands",
            "use crate::journal::queries::latest_checkpoint;",
            Some("`dispatch` may not use `journal`"),
        );
        check(
            "rating::queries",
            "use crate::journal::queries::x;",
            Some("`rating` may not use `journal`"),
        );
        check(
            "exchange::commands",
            "use crate::stock::commands::Post;",
            None,
        );
        check(
            "exchange::commands",
            "use crate::journal::queries::x;",
            Some("`exchange` may not use `journal`"),
        );
        check(
            "stock::commands",
            "use crate::exchange::queries::x;",
            Some("`stock` may not use `exchange`"),
        );
        check(
            "stock::routes",
            "use crate::identity::caller::Caller;",
            None,
        );
        check(
            "stock::commands",
            "use crate::identity::caller::Caller;",
            Some("`stock` may not use `identity`"),
        );
        check(
            "dispatch::queries",
            "pub(crate) use crate::stock::queries::x;",
            Some("`dispatch` hands on what belongs to `stock`"),
        );
    }

    #[test]
    fn files_of_a_context_keep_to_their_part() {
        let check = |module, text, expected| check("api", module, text, expected);
        check(
            "stock::routes",
            "use super::{commands, queries, wire};",
            None,
        );
        check(
            "stock::routes",
            "use super::rows;",
            Some("`stock::routes` may not use `stock::rows`"),
        );
        check("stock::wire", "use super::{commands, rows};", None);
        check(
            "stock::wire",
            "use super::queries;",
            Some("`stock::wire` may not use `stock::queries`"),
        );
        check(
            "stock::commands::post",
            "use super::super::rows; use super::reserve;",
            None,
        );
        check(
            "stock::commands::post",
            "use crate::stock::routes;",
            Some("`stock::commands` may not use `stock::routes`"),
        );
        check(
            "stock::queries",
            "use super::commands;",
            Some("`stock::queries` may not use `stock::commands`"),
        );
        check(
            "stock::rows",
            "use super::commands;",
            Some("`stock::rows` may not use `stock::commands`"),
        );
        check(
            "stock::queries",
            "pub(crate) use super::rows::lot;",
            Some("`stock::queries` hands on the rows of `stock`"),
        );
        check(
            "stock",
            "mod rows; pub(crate) use rows::lot;",
            Some("`stock` hands on the rows of `stock`"),
        );
        check("stock", "mod queries; pub(crate) use queries::lot;", None);
        check(
            "stock",
            "mod queries; pub(crate) use queries::*;",
            Some("names of `stock` must be named"),
        );
        check("routing::great_circle", "use super::queries;", None);
    }

    #[test]
    fn another_name_hides_nothing() {
        let stock = "mod commands; mod queries; mod rows; \
            pub(crate) use commands::Post; pub(crate) use queries::balances as held; \
            pub(crate) use queries::{lots, self};";
        let mut faces = Faces::default();
        faces.learn(
            "api",
            &source::content("api", vec!["stock".to_owned()], stock)
                .unwrap()
                .uses,
        );
        let check = |module: &str, text, expected: Option<&str>| {
            let module = source::module_of(&format!("api/src/{}.rs", module.replace("::", "/")));
            let uses = source::content("api", module, text).unwrap().uses;
            let fault = uses
                .iter()
                .find_map(|found| api_fault(&faces.behind(found)));
            assert_eq!(fault.as_deref(), expected, "{text}");
        };
        check("rating::commands", "use crate::stock::lots;", None);
        check(
            "rating::commands",
            "use crate::stock::Post;",
            Some("`rating::commands` may not use `stock::commands`"),
        );
        check(
            "rating::commands",
            "use crate::stock::{self}; fn f() { stock::Post::new(); }",
            Some("`rating::commands` may not use `stock::commands`"),
        );
        check("dispatch::commands", "use crate::stock::Post;", None);
        check("rating::commands", "use crate::stock::held;", None);
        check(
            "dispatch::queries",
            "use crate::stock::Post;",
            Some("`dispatch::queries` may not use `stock::commands`"),
        );
        check("exchange::commands", "use crate::stock::Post;", None);
        check(
            "depots::commands",
            "use crate::stock::lots;",
            Some("`depots` may not use `stock`"),
        );
    }

    #[test]
    fn what_is_no_context_puts_them_together() {
        let check = |module, text, expected| check("api", module, text, expected);
        check(
            "http::router",
            "use crate::{stock, depots}; fn f() { stock::routes::router(); }",
            None,
        );
        check("uow", "use crate::journal::commands::append;", None);
        check(
            "verify",
            "use crate::stock::rows::balance;",
            Some("the rows of `stock` are its own"),
        );
        check(
            "verify",
            "use crate::stock::*;",
            Some("names of `stock` must be named"),
        );
        check(
            "stock::commands",
            "use crate::uow::Uow; use crate::http::Problem;",
            None,
        );
    }
}
