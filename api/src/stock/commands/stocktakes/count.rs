//! Somebody counts.
//!
//! **Invariant.** A count is compared with the book of its moment, which is kept with it. Two
//! people's counts of a line stand side by side; one person counts a line again only by saying
//! which of their own counts that corrects, and both are kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::{
    catalogue::Units,
    identity::Capability,
    kernel::{Id, Text, kinds},
    stock::{Condition, FIRST_ROUND, SHEET_LINES_MAX},
};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    catalogue::ItemFacts,
    depots,
    problem::{Code, Fault, Faults, Problem},
    uow::{Command, Permission, Uow},
};

use super::{
    Held,
    open::{counted_elsewhere, new_line},
    places, queries,
    queries::{Covered, Goods},
    rows::stocktakes::stocktake_count,
    wire::{CountedView, StocktakeCountView},
};
use crate::stock::commands::{Count, OCCURRED_AHEAD_MAX};

// More corrections of one count than this are no counting.
const REVISIONS_MAX: i64 = 1_000;

/// Writes down what one person counted.
#[derive(Debug, Clone)]
pub(crate) struct CountStocktake {
    pub(crate) stocktake: Id<kinds::Stocktake>,
    /// Now, if absent.
    pub(crate) counted_at: Option<DateTime<Utc>>,
    pub(crate) lines: Vec<CountLine>,
}

/// How much of a lot in one condition lies in a zone.
#[derive(Debug, Clone)]
pub(crate) struct CountLine {
    pub(crate) zone: Id<kinds::Zone>,
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) condition: Condition,
    /// None may be there, which is a count as any other.
    pub(crate) count: Count,
    /// The revision of the caller's own count that this one corrects.
    pub(crate) corrects: Option<i64>,
    pub(crate) note: Option<Text<500>>,
}

impl CountLine {
    fn goods(&self) -> Goods {
        (
            self.zone.uuid(),
            self.lot.uuid(),
            self.condition.name().to_owned(),
        )
    }

    fn in_base(&self, units: &Units) -> Result<i64, (&'static str, Fault)> {
        if self.count.number == 0 {
            // None of them is none, in whatever unit the item has.
            let one = Count {
                number: 1,
                unit: self.count.unit.clone(),
            };
            return one.in_base(units).map(|_| 0);
        }
        self.count.in_base(units).map(domain::kernel::Quantity::get)
    }
}

impl Command for CountStocktake {
    type Output = CountedView;
    const NAME: &'static str = "stock.count_stocktake";
    const PERMISSION: Permission = Permission::Holds(&[Capability::PostStock]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<CountedView, Problem> {
        let held = Held::lock(uow, self.stocktake, &[Capability::PostStock]).await?;
        held.state.counting().map_err(|error| held.refused(error))?;
        let moment = self.moment(uow, &held)?;
        let counts = self.check(uow, &held).await?;
        record(uow, held, moment, counts, Vec::new()).await
    }
}

/// A count that was found good.
pub(super) struct Good {
    pub(super) goods: Goods,
    pub(super) counted: i64,
    pub(super) corrects: Option<i64>,
    pub(super) note: Option<Text<500>>,
}

impl CountStocktake {
    // The moment that the count refers to; `None` for the present.
    fn moment(&self, uow: &Uow<'_>, held: &Held) -> Result<Option<DateTime<Utc>>, Problem> {
        let Some(at) = self.counted_at else {
            return Ok(None);
        };
        let out = |zh, en| Problem::field("/counted_at", "out-of-range", zh, en);
        if at > uow.now() + OCCURRED_AHEAD_MAX {
            return Err(out(
                "不得晚于现在 5 分钟以上",
                "is more than 5 minutes ahead of the server",
            ));
        }
        if at < held.row.cutoff_at {
            return Err(out("不得早于盘点截止时刻", "is before the cut-off"));
        }
        Ok((at < uow.now()).then_some(at))
    }

    async fn check(&self, uow: &Uow<'_>, held: &Held) -> Result<Vec<Good>, Problem> {
        let lots: Vec<_> = self.lines.iter().map(|line| line.lot).collect();
        let items = queries::items_of_lots(uow.db(), &uow.scope(), &lots).await?;
        let zones = places::Zones::of(uow, held.depot.id).await?;
        let covered = Covered::of(uow.db(), &held.row).await?;
        let mut faults = Faults::default();
        let mut seen = BTreeSet::new();
        let mut counts = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("/lines/{number}/{field}");
            zones.check(&mut faults, at("zone_id"), line.zone);
            if !seen.insert(line.goods()) {
                faults.note(
                    format!("/lines/{number}"),
                    "repeated",
                    "同一库区、批次和质量状态只能出现一行",
                    "an earlier line counts the same goods",
                );
            }
            let Some(item) = items.get(&line.lot) else {
                faults.note(
                    at("lot_id"),
                    "reference",
                    "没有这个批次；不明批次请按盘盈新批次登记",
                    "there is no such lot; goods of no known lot are found lots",
                );
                continue;
            };
            check_covered(&covered, line.zone.uuid(), item, number, &mut faults);
            match line.in_base(&item.units) {
                Ok(counted) => counts.push(Good {
                    goods: line.goods(),
                    counted,
                    corrects: line.corrects,
                    note: line.note.clone(),
                }),
                Err((field, fault)) => {
                    faults.take::<(), _>(at(field), Err(fault));
                }
            }
        }
        faults.finish(Some(counts))
    }
}

/// Notes goods that the stocktake is not about.
pub(super) fn check_covered(
    covered: &Covered,
    zone: Uuid,
    item: &ItemFacts,
    number: usize,
    faults: &mut Faults,
) {
    if !covered.takes(zone, item) {
        faults.note(
            format!("/lines/{number}"),
            "not-covered",
            "不在本次盘点范围内",
            "the stocktake is not about these goods",
        );
    }
}

/// Writes counts of the caller down, and lines for what the sheet did not list.
pub(super) async fn record(
    uow: &mut Uow<'_>,
    held: Held,
    moment: Option<DateTime<Utc>>,
    counts: Vec<Good>,
    lot_ids: Vec<Id<kinds::Lot>>,
) -> Result<CountedView, Problem> {
    let lines = lines(uow, &held, &counts).await?;
    let revisions = revisions(uow, &held, &counts, &lines).await?;
    let lots = counts.iter().map(|count| count.goods.1).collect();
    let book = queries::book_at(uow.db(), held.depot.id, &lots, moment).await?;
    let me = uow.caller().principal();
    let rows: Vec<_> = counts
        .into_iter()
        .zip(&lines)
        .zip(revisions)
        .map(|((count, &line), revision)| stocktake_count::Model {
            depot_id: held.row.depot_id,
            stocktake_id: held.row.id,
            line,
            round: held.row.round,
            counter: me.clone(),
            revision,
            counted: count.counted,
            book: book.get(&count.goods).copied().unwrap_or(0),
            counted_at: moment.unwrap_or_else(|| uow.now()),
            recorded_at: uow.now(),
            journal_id: uow.entry().uuid(),
            note: count.note.map(|note| note.as_str().to_owned()),
        })
        .collect();
    let inserted = rows.iter().cloned().map(insertable);
    uow.insert_all(inserted.collect()).await?;
    let sees = super::reader(uow).sees_figures(&held.row);
    let stocktake_id = held.id();
    let state = held.state.clone();
    held.save(uow, &state).await?;
    Ok(CountedView {
        stocktake_id,
        counts: rows
            .into_iter()
            .map(|row| StocktakeCountView::new(row, false, sees))
            .collect(),
        lot_ids,
    })
}

fn insertable(row: stocktake_count::Model) -> stocktake_count::ActiveModel {
    stocktake_count::ActiveModel {
        depot_id: Set(row.depot_id),
        stocktake_id: Set(row.stocktake_id),
        line: Set(row.line),
        round: Set(row.round),
        counter: Set(row.counter),
        revision: Set(row.revision),
        counted: Set(row.counted),
        book: Set(row.book),
        counted_at: Set(row.counted_at),
        recorded_at: Set(row.recorded_at),
        journal_id: Set(row.journal_id),
        note: Set(row.note),
    }
}

// The number of the line that each count belongs to, new ones for goods that no line lists.
async fn lines(uow: &Uow<'_>, held: &Held, counts: &[Good]) -> Result<Vec<i64>, Problem> {
    let lots: BTreeSet<_> = counts.iter().map(|count| count.goods.1).collect();
    let lots: Vec<_> = lots.into_iter().collect();
    let known = queries::lines_at(uow.db(), &held.row, &lots).await?;
    let is_new = |count: &&Good| !known.contains_key(&count.goods);
    let mut faults = Faults::default();
    for (number, count) in counts.iter().enumerate() {
        if known.get(&count.goods).is_some_and(|line| {
            held.row.round != i64::from(FIRST_ROUND)
                && (line.difference.is_some() || line.round != held.row.round)
        }) {
            faults.note(
                format!("/lines/{number}"),
                "not-to-count",
                "本轮不复盘这一行",
                "the running round does not count this line",
            );
        }
    }
    faults.finish(Some(()))?;
    let mut numbers: BTreeMap<&Goods, i64> = known
        .iter()
        .map(|(goods, line)| (goods, line.line))
        .collect();
    let new: Vec<_> = counts.iter().filter(is_new).collect();
    if !new.is_empty() {
        // Nobody else may begin to count them, or post them, before these lines are there.
        depots::still_depot(uow.db(), held.depot.id).await?;
        let claimed = queries::claimed(uow.db(), held.depot.id, Some(&lots)).await?;
        if let Some(by) = new.iter().find_map(|count| claimed.get(&count.goods)) {
            return Err(counted_elsewhere(*by));
        }
        let mut next = queries::next_line(uow.db(), &held.row).await?;
        let mut rows = Vec::new();
        for count in new {
            let of = (held.row.depot_id, held.row.id);
            rows.push(new_line(of, (next, held.row.round), &count.goods));
            numbers.insert(&count.goods, next);
            next += 1;
        }
        if next > SHEET_LINES_MAX as i64 * 2 {
            return Err(Problem::field(
                "/lines",
                "too-many",
                "盘点单行数过多，请另开一次盘点",
                "the sheet has too many lines: open another stocktake",
            ));
        }
        uow.insert_all(rows).await?;
    }
    counts
        .iter()
        .map(|count| {
            let number = numbers.get(&count.goods).copied();
            number.ok_or_else(|| Problem::internal(anyhow::anyhow!("a count without a line")))
        })
        .collect()
}

// The revision that each count gets.
async fn revisions(
    uow: &Uow<'_>,
    held: &Held,
    counts: &[Good],
    lines: &[i64],
) -> Result<Vec<i64>, Problem> {
    let me = uow.caller().principal();
    let own = queries::own_counts(uow.db(), &held.row, &me, lines).await?;
    let mut faults = Faults::default();
    let mut revisions = Vec::new();
    for (number, (count, line)) in counts.iter().zip(lines).enumerate() {
        let last = own.get(line).copied();
        if last != count.corrects {
            let (zh, en) = match last {
                Some(last) => (
                    format!("您本轮已盘过这一行；如需更正，请令 corrects 为 {last}"),
                    format!(
                        "you counted this line in this round: to correct it, say `corrects`: {last}"
                    ),
                ),
                None => (
                    "您本轮尚未盘过这一行，无可更正".to_owned(),
                    "you have not counted this line in this round".to_owned(),
                ),
            };
            faults.note(format!("/lines/{number}/corrects"), "stale", zh, en);
        }
        let revision = last.unwrap_or(0) + 1;
        if revision > REVISIONS_MAX {
            return Err(Problem::new(Code::AlreadyExists).with("constraint", "revision"));
        }
        revisions.push(revision);
    }
    faults.finish(Some(revisions))
}
