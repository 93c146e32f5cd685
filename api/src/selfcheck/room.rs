//! Whether there is room on the disk, and a copy elsewhere.
//!
//! **Invariant.** Of backups only those are known that this program made and noted.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{backup, config::Config, storage};

use super::Row;

const MIB: u64 = 1 << 20;
/// Less than this, and the next import or export may end the service.
const ROOM_MIN: u64 = 64 * MIB;
/// Less than this is worth a look in time.
const ROOM_COMFORTABLE: u64 = 1_024 * MIB;
const BACKUP_AGE_MAX: TimeDelta = TimeDelta::days(7);

pub(super) fn rows(config: &Config, now: DateTime<Utc>) -> Vec<Row> {
    let noted = backup::last(config);
    vec![disk_space(config), last_backup(noted, now)]
}

fn disk_space(config: &Config) -> Row {
    const ID: &str = "disk_space";
    let database = storage::sqlite_file(config);
    let size = database.as_deref().and_then(|file| file.metadata().ok());
    let place = database.as_deref().and_then(Path::parent);
    let place = place.unwrap_or(&config.data_directory);
    match rustix::fs::statvfs(place) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            judged(free, size.map_or(0, |file| file.len())).seen(format!(
                "{} MiB free at {}",
                free / MIB,
                place.display()
            ))
        }
        Err(error) => Row::unknown(ID, &std::io::Error::from(error).into()),
    }
}

fn judged(free: u64, database: u64) -> Row {
    const ID: &str = "disk_space";
    if free < ROOM_MIN {
        return Row::fault(
            ID,
            "磁盘快满了；写满之后不能再登记收发",
            "the disk is nearly full; once it is, nothing more can be booked",
        );
    }
    // A backup that is made beside the database is as large as it.
    if free < ROOM_COMFORTABLE.max(database.saturating_mul(2)) {
        return Row::warning(
            ID,
            "磁盘余量不多",
            "there is not much room left on the disk",
        );
    }
    Row::ok(ID, "磁盘余量充足", "there is room on the disk")
}

fn last_backup(noted: anyhow::Result<Option<backup::Noted>>, now: DateTime<Utc>) -> Row {
    const ID: &str = "last_backup";
    let noted = match noted {
        Ok(Some(noted)) => noted,
        Ok(None) => {
            return Row::not_checked(
                ID,
                "不知道上一次备份的时间：本程序没有在此做过备份",
                "when the last backup was made is not known: this program made none here",
            );
        }
        Err(error) => return Row::unknown(ID, &error),
    };
    let row = if now - noted.at > BACKUP_AGE_MAX {
        Row::warning(
            ID,
            "上一次备份是七天以前的；请执行 relief-depot backup",
            "the last backup is more than seven days old; run `relief-depot backup`",
        )
    } else {
        Row::ok(
            ID,
            "七天之内做过备份",
            "there is a backup of the last seven days",
        )
    };
    row.seen(format!("{} at {}", noted.file, noted.at.to_rfc3339()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selfcheck::State;

    #[test]
    fn room_is_measured_by_the_database() {
        for (free, database, state) in [
            (10 * MIB, 0, State::Fault),
            (64 * MIB, 0, State::Warning),
            (1_024 * MIB, 0, State::Ok),
            (4_096 * MIB, 3_000 * MIB, State::Warning),
            (6_001 * MIB, 3_000 * MIB, State::Ok),
        ] {
            assert_eq!(judged(free, database).state, state, "{free} {database}");
        }
    }

    #[test]
    fn a_backup_grows_old() {
        let now: DateTime<Utc> = "2026-11-27T12:00:00Z".parse().unwrap();
        let noted = |days| {
            Ok(Some(backup::Noted {
                at: now - TimeDelta::days(days),
                file: "/mnt/monday.backup".to_owned(),
                bytes: 1,
                sha256: String::new(),
            }))
        };
        assert_eq!(last_backup(noted(7), now).state, State::Ok);
        assert_eq!(last_backup(noted(8), now).state, State::Warning);
        assert_eq!(last_backup(Ok(None), now).state, State::NotChecked);
        let broken = Err(anyhow::anyhow!("no JSON"));
        assert_eq!(last_backup(broken, now).state, State::NotChecked);
    }
}
