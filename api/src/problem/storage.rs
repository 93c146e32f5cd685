//! What a database error means for the caller.
//!
//! **Invariant.** A violated constraint is the caller's conflict and names itself; a lost race is
//! transient and may be run again; a full or absent database is `busy`; everything else is a fault
//! of ours. The text of the database never reaches the answer.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use super::{Code, Problem};

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                let constraint = constraint(&error);
                return conflict(Code::AlreadyExists, constraint);
            }
            // Nothing is ever deleted, so what is missing was never there: a reference that nobody
            // checked before.
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                let mut problem = Self::new(Code::InvalidRequest).detail(
                    "引用的对象不存在",
                    "something that the request refers to does not exist",
                );
                problem.cause = Some(error.into());
                return problem;
            }
            _ => {}
        }
        if is_transient(&error) {
            let mut problem = Self::new(Code::Busy);
            problem.transient = true;
            problem.cause = Some(error.into());
            return problem;
        }
        if is_away(&error) {
            let mut problem = Self::new(Code::Busy);
            problem.cause = Some(error.into());
            return problem;
        }
        Self::internal(error)
    }
}

fn conflict(code: Code, constraint: Option<String>) -> Problem {
    let problem = Problem::new(code);
    match constraint {
        Some(name) => problem.with("constraint", name),
        None => problem,
    }
}

fn sqlstate(error: &DbErr) -> Option<String> {
    sqlx(error)?.as_database_error()?.code().map(Into::into)
}

// PostgreSQL names the constraint; SQLite names the columns, which tell the caller as much.
fn constraint(error: &DbErr) -> Option<String> {
    let error = sqlx(error)?.as_database_error()?;
    error.constraint().map(str::to_owned).or_else(|| {
        let (_, columns) = error.message().split_once("constraint failed: ")?;
        Some(columns.to_owned())
    })
}

// 40001 serialization failure, 40P01 deadlock; 261 and 517 are SQLite's busy recovery and busy
// snapshot, which tell at once.
fn is_transient(error: &DbErr) -> bool {
    sqlstate(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01" | "261" | "517"))
}

// No connection to be had, the server going down or full (08, 53 and 57P classes; 13 is SQLite
// full), the link cut. A lock that was waited for in vain (5 is SQLite busy, 55P03 lock not
// available): the wait was as long as a request may wait, so that it is not run again.
fn is_away(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || sqlstate(error).is_some_and(|code| {
            matches!(code.as_str(), "5" | "13" | "55P03")
                || ["08", "53", "57P"]
                    .iter()
                    .any(|class| code.starts_with(class) && code.len() == 5)
        })
        // Everything else that is no answer of the database, such as a column that cannot be read,
        // is a fault of ours and stays one when it is tried again.
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

impl Problem {
    /// Whether SQLite could not write or flush its file: nobody knows then what was kept.
    pub(crate) fn is_disk_failure(&self) -> bool {
        // The lower byte of an extended code is its family; 10 is SQLITE_IOERR.
        self.database_code()
            .filter(|code| code.len() < 5)
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| code & 0xFF == 10)
    }

    /// Whether there was no space left (13 is SQLite full, 53100 disk full).
    pub(crate) fn is_disk_full(&self) -> bool {
        self.database_code()
            .is_some_and(|code| matches!(code.as_str(), "13" | "53100"))
    }

    fn database_code(&self) -> Option<String> {
        sqlstate(self.cause.as_ref()?.downcast_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, Database, Statement};

    use super::*;

    #[test]
    fn what_is_no_answer_of_the_database_is_told_apart() {
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for (error, code) in [
            (sqlx::Error::Io(lost), Code::Busy),
            (sqlx::Error::PoolTimedOut, Code::Busy),
            (sqlx::Error::PoolClosed, Code::Busy),
            (sqlx::Error::WorkerCrashed, Code::Busy),
            (sqlx::Error::RowNotFound, Code::Internal),
            (sqlx::Error::ColumnNotFound("a".into()), Code::Internal),
            (sqlx::Error::Decode("not a number".into()), Code::Internal),
        ] {
            let said = error.to_string();
            let error = DbErr::Query(RuntimeErr::SqlxError(std::sync::Arc::new(error)));
            assert_eq!(Problem::from(error).code, code, "{said}");
        }
    }

    #[tokio::test]
    async fn a_column_that_cannot_be_read_is_a_fault_of_ours() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        let text = Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT 'text' AS number");
        let row = connection.query_one_raw(text).await.unwrap().unwrap();
        let error = row.try_get::<i64>("", "number").unwrap_err();
        assert_eq!(Problem::from(error).code, Code::Internal);
    }
}
