//! What a database error says of the database and of the disk under it.
//!
//! **Invariant.** Every code of SQLite and PostgreSQL that is acted on is named here and nowhere
//! else. Whatever is not named is a fault of ours.

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why the database did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A race was lost; the same may be tried again at once.
    LostRace,
    /// There is no connection, or a lock was waited for in vain.
    Away,
    /// It ran longer than a statement may, and was broken off. Nothing was kept.
    TookTooLong,
    /// There is no space left. Nothing was kept, and nothing is wrong with what was kept before.
    NoSpace,
    /// SQLite could not read, write or flush its file: nobody knows what was kept.
    DiskFailed,
    /// A column that cannot be read, a table that is not there.
    Ours,
}

impl Fault {
    pub(crate) fn of(error: &DbErr) -> Self {
        if let Some(code) = code(error)
            && let Some(fault) = Self::by_code(&code)
        {
            return fault;
        }
        let no_answer = matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
            || sqlx(error).is_some_and(|error| {
                matches!(
                    error,
                    sqlx::Error::Io(_)
                        | sqlx::Error::Tls(_)
                        | sqlx::Error::Protocol(_)
                        | sqlx::Error::PoolTimedOut
                        | sqlx::Error::PoolClosed
                        | sqlx::Error::WorkerCrashed
                        | sqlx::Error::BeginFailed
                )
            });
        if no_answer { Self::Away } else { Self::Ours }
    }

    fn by_code(code: &str) -> Option<Self> {
        Some(match code {
            // Serialization failure and deadlock; SQLite's busy recovery and busy snapshot, which
            // tell at once.
            "40001" | "40P01" | "261" | "517" => Self::LostRace,
            // SQLite full; disk full.
            "13" | "53100" => Self::NoSpace,
            // SQLite busy, lock not available: the wait was as long as a request may wait, so that
            // it is not run again.
            "5" | "55P03" => Self::Away,
            // Statement timeout: as long as a statement may run, so that it is not run again either.
            "57014" => Self::TookTooLong,
            // The server goes down, is short of something, or cannot be reached.
            _ if code.len() == 5 => ["08", "53", "57P"]
                .iter()
                .any(|class| code.starts_with(class))
                .then_some(Self::Away)?,
            // SQLite's file is not where it was.
            "1032" => Self::DiskFailed,
            // The lower byte of SQLite's extended code is its family: I/O errors, and what a disk that
            // dies lets it see before that: pages that are none, files that do not open, and files
            // that are no database.
            _ => {
                let number: u32 = code.parse().ok()?;
                [10, 11, 14, 26]
                    .contains(&(number & 0xFF))
                    .then_some(Self::DiskFailed)?
            }
        })
    }
}

pub(super) fn code(error: &DbErr) -> Option<String> {
    sqlx(error)?.as_database_error()?.code().map(Into::into)
}

/// The constraint that was violated. PostgreSQL names it; SQLite names the columns, which tell the
/// caller as much.
pub(crate) fn violated(error: &DbErr) -> Option<String> {
    let error = sqlx(error)?.as_database_error()?;
    error.constraint().map(str::to_owned).or_else(|| {
        let (_, columns) = error.message().split_once("constraint failed: ")?;
        Some(columns.to_owned())
    })
}

fn sqlx(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Exec(runtime) | DbErr::Query(runtime) | DbErr::Conn(runtime)) = error else {
        return None;
    };
    match runtime {
        RuntimeErr::SqlxError(error) => Some(error.as_ref()),
        RuntimeErr::Internal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database, Statement};

    use super::*;

    #[test]
    fn what_is_no_answer_of_the_database_is_told_apart() {
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for (error, fault) in [
            (sqlx::Error::Io(lost), Fault::Away),
            (sqlx::Error::PoolTimedOut, Fault::Away),
            (sqlx::Error::PoolClosed, Fault::Away),
            (sqlx::Error::WorkerCrashed, Fault::Away),
            (sqlx::Error::RowNotFound, Fault::Ours),
            (sqlx::Error::ColumnNotFound("a".into()), Fault::Ours),
            (sqlx::Error::Decode("not a number".into()), Fault::Ours),
        ] {
            let said = error.to_string();
            let error = DbErr::Query(RuntimeErr::SqlxError(std::sync::Arc::new(error)));
            assert_eq!(Fault::of(&error), fault, "{said}");
        }
    }

    #[test]
    fn codes_are_read_by_their_family() {
        for (code, fault) in [
            ("40001", Some(Fault::LostRace)),
            ("40P01", Some(Fault::LostRace)),
            ("517", Some(Fault::LostRace)),
            ("5", Some(Fault::Away)),
            ("53300", Some(Fault::Away)),
            ("57P01", Some(Fault::Away)),
            ("57014", Some(Fault::TookTooLong)),
            ("08006", Some(Fault::Away)),
            ("13", Some(Fault::NoSpace)),
            ("53100", Some(Fault::NoSpace)),
            // An I/O error, of a write, of a flush.
            ("10", Some(Fault::DiskFailed)),
            ("778", Some(Fault::DiskFailed)),
            ("1034", Some(Fault::DiskFailed)),
            // A page that is none, one of an index; a file that does not open, is none, or is gone.
            ("11", Some(Fault::DiskFailed)),
            ("779", Some(Fault::DiskFailed)),
            ("14", Some(Fault::DiskFailed)),
            ("26", Some(Fault::DiskFailed)),
            ("1032", Some(Fault::DiskFailed)),
            ("8", None),
            ("1", None),
            ("42P01", None),
            ("22003", None),
            ("", None),
        ] {
            assert_eq!(Fault::by_code(code), fault, "{code}");
        }
    }

    #[tokio::test]
    async fn a_column_that_cannot_be_read_is_a_fault_of_ours() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        let text = Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT 'text' AS number");
        let row = connection.query_one_raw(text).await.unwrap().unwrap();
        let error = row.try_get::<i64>("", "number").unwrap_err();
        assert_eq!(Fault::of(&error), Fault::Ours);
    }
}
