//! Whether the clock can be right.
//!
//! **Invariant.** What is told is what one machine can know alone: the time is not before this
//! program was written or the books were last written, and it does not jump. Whether it is the true
//! time only another clock could tell.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use migrations::Migrator;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Order, Query},
};
use sea_orm_migration::MigratorTrait;

use crate::{app::App, clock::Clock};

use super::{Check, Row};

pub(super) const CHECKS: &[Check] = &[Check("clock_after_last_entry", |app| {
    Box::pin(after_last_entry(app))
})];

/// How far clocks of several servers may differ.
const DRIFT_MAX: TimeDelta = TimeDelta::minutes(1);
const LOOKS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(10);
const JUMP_MAX: TimeDelta = TimeDelta::milliseconds(500);

/// The time is not before the day of the newest migration. No time of the build is kept: a build
/// that knows when it was made is never the same twice.
pub(super) fn after_release(now: DateTime<Utc>) -> Row {
    const ID: &str = "clock_after_release";
    let newest = Migrator::migrations().pop();
    let name = newest.map(|migration| migration.name().to_owned());
    match name.as_deref().and_then(day_of) {
        Some(day) => not_before(ID, now, day),
        None => Row::unknown(ID, &anyhow::anyhow!("the migrations bear no day: {name:?}")),
    }
}

fn not_before(id: &'static str, now: DateTime<Utc>, day: NaiveDate) -> Row {
    // A day that began in China had not begun everywhere.
    let row = if now.date_naive() + TimeDelta::days(1) < day {
        Row::fault(
            id,
            "时钟显示的日期早于本程序的编写日期；请校准时钟",
            "the clock shows a day before this program was written; set it",
        )
    } else {
        Row::ok(
            id,
            "时钟不早于本程序的编写日期",
            "the clock is not before the day this program was written",
        )
    };
    row.seen(format!("now {}, written after {day}", now.to_rfc3339()))
}

// m20261127_000044_awaited
fn day_of(name: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(name.get(1..9)?, "%Y%m%d").ok()
}

async fn after_last_entry(app: &App) -> anyhow::Result<Row> {
    const ID: &str = "clock_after_last_entry";
    let query = Query::select()
        .column(Alias::new("recorded_at"))
        .from(Alias::new("journal"))
        .order_by(Alias::new("recorded_at"), Order::Desc)
        .limit(1)
        .to_owned();
    let Some(row) = app.db.read().query_one(&query).await? else {
        return Ok(Row::not_checked(ID, "日志还是空的", "the journal is empty"));
    };
    let last: DateTime<Utc> = row.try_get_by_index(0)?;
    let now = app.clock.now();
    let row = if last > now + DRIFT_MAX {
        Row::fault(
            ID,
            "时钟早于最后一条日志：时钟被拨回过，或曾经走快；请校准时钟",
            "the clock is before the last entry of the journal: it was set back, or was ahead then; set it",
        )
    } else {
        Row::ok(
            ID,
            "时钟不早于最后一条日志",
            "the clock is not before the last entry of the journal",
        )
    };
    Ok(row.seen(format!(
        "now {}, last entry {}",
        now.to_rfc3339(),
        last.to_rfc3339()
    )))
}

/// Looks at the clock for a fifth of a second, beside one that cannot be set.
pub(super) async fn steady(clock: &Clock) -> Row {
    let (began, first) = (Instant::now(), clock.now());
    let mut steps = Vec::new();
    let mut before = first;
    for _ in 0..LOOKS {
        tokio::time::sleep(BETWEEN).await;
        let now = clock.now();
        steps.push(now - before);
        before = now;
    }
    let by_machine = TimeDelta::from_std(began.elapsed()).unwrap_or(TimeDelta::MAX);
    judged(&steps, before - first, by_machine)
}

fn judged(steps: &[TimeDelta], by_clock: TimeDelta, by_machine: TimeDelta) -> Row {
    const ID: &str = "clock_steady";
    let went_back = steps.iter().any(|step| *step < TimeDelta::zero());
    let off = (by_clock - by_machine).abs();
    let row = if went_back || off > JUMP_MAX {
        Row::fault(
            ID,
            "时钟在跳动；请改用平缓校时（chrony 或 systemd-timesyncd）",
            "the clock jumps; let it be set smoothly, by chrony or systemd-timesyncd",
        )
    } else {
        Row::ok(ID, "时钟平稳", "the clock is steady")
    };
    let (by_clock, by_machine) = (by_clock.num_milliseconds(), by_machine.num_milliseconds());
    row.seen(format!(
        "{by_clock} ms by the clock in {by_machine} ms, {} looks",
        steps.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::State;

    #[test]
    fn a_clock_of_yesteryear_is_found() {
        let day = day_of("m20261127_000044_awaited").unwrap();
        for (now, state) in [
            ("1970-01-01T00:00:00Z", State::Fault),
            ("2026-11-25T23:59:59Z", State::Fault),
            ("2026-11-26T16:00:00Z", State::Ok),
            ("2031-01-01T00:00:00Z", State::Ok),
        ] {
            assert_eq!(
                not_before("x", now.parse().unwrap(), day).state,
                state,
                "{now}"
            );
        }
        assert_eq!(day_of("m2026"), None);
        // The migrations that are shipped have names of that form.
        assert_eq!(
            after_release("2000-01-01T00:00:00Z".parse().unwrap()).state,
            State::Fault
        );
    }

    #[test]
    fn a_clock_that_jumps_is_found() {
        let ms = TimeDelta::milliseconds;
        for (steps, by_clock, by_machine, state) in [
            (vec![ms(10), ms(11)], 21, 21, State::Ok),
            (vec![ms(10), ms(-1)], 9, 21, State::Fault),
            (vec![ms(10), ms(3_600_000)], 3_600_010, 21, State::Fault),
            (vec![ms(10), ms(0)], 10, 21, State::Ok),
        ] {
            assert_eq!(
                judged(&steps, ms(by_clock), ms(by_machine)).state,
                state,
                "{steps:?}"
            );
        }
    }
}
