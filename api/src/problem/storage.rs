//! What a database error means for the caller.
//!
//! **Invariant.** A violated constraint is the caller's conflict and names itself; a lost race is
//! transient and may be run again; an absent database or a disk that failed is
//! `busy`, a statement that ran too long `took-too-long`, a full disk `storage-full`;
//! everything else is a fault of ours. The text of the database never reaches the answer.

use sea_orm::{DbErr, SqlErr};

use crate::storage::{Fault, violated};

use super::{Code, Problem};

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                let problem = Self::new(Code::AlreadyExists);
                return match violated(&error) {
                    Some(name) => problem.with("constraint", name),
                    None => problem,
                };
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
        let fault = Fault::of(&error);
        let code = match fault {
            // A disk that failed may have kept it or not, and the program ends: what is asked again
            // of the next one is told the outcome.
            Fault::LostRace | Fault::Away | Fault::DiskFailed => Code::Busy,
            Fault::TookTooLong => Code::TookTooLong,
            Fault::NoSpace => Code::StorageFull,
            Fault::Ours => Code::Internal,
        };
        Self {
            transient: fault == Fault::LostRace,
            cause: Some(error.into()),
            ..Self::new(code)
        }
    }
}

impl Problem {
    /// The error of the database that it comes from.
    pub(crate) fn of_database(&self) -> Option<&DbErr> {
        self.cause.as_ref()?.downcast_ref()
    }
}
