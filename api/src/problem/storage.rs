//! What a database error means for the caller.
//!
//! **Invariant.** A violated constraint is the caller's conflict and names itself; a lost race is
//! transient and may be run again; a full or absent database is `busy`; everything else is a fault
//! of ours. The text of the database never reaches the answer.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use super::{Code, Problem};

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                let constraint = constraint(&error);
                return conflict(Code::AlreadyExists, constraint);
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                let constraint = constraint(&error);
                return conflict(Code::InUse, constraint);
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
    let (DbErr::Exec(runtime) | DbErr::Query(runtime) | DbErr::Conn(runtime)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(error) = runtime else {
        return None;
    };
    error.as_database_error()?.code().map(Into::into)
}

// PostgreSQL names the constraint; SQLite names the columns, which tell the caller as much.
fn constraint(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let error = error.as_database_error()?;
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
// full). A lock that was waited for in vain (5 is SQLite busy, 55P03 lock not available): the wait
// was as long as a request may wait, so that it is not run again.
fn is_away(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || sqlstate(error).is_some_and(|code| {
            matches!(code.as_str(), "5" | "13" | "55P03")
                || ["08", "53", "57P"]
                    .iter()
                    .any(|class| code.starts_with(class) && code.len() == 5)
        })
        || matches!(error, DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))
            if e.as_database_error().is_none())
}
