//! Second factors: enrolled, confirmed, spent code by code, taken away.
//!
//! **Invariant.** A second factor counts once its holder has shown a code of it. A code is spent in
//! the transaction that it opens, with the account's row held, so that of two that bring the same one
//! only one gets in. Whoever takes away another's says why, and could have become the account.

use domain::{
    identity::{Capability, Login, Totp},
    kernel::{Id, Text, kinds},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};

use crate::{
    ids,
    problem::{Code, Problem},
    secrets::Secrets,
    uow::{Command, Permission, Uow},
};

use crate::identity::{
    caller::token_hash,
    codes,
    rows::{account, recovery_code, session},
    wire::{RecoveryCodesView, SecondFactorRemovedView, SecondFactorView},
};

use super::{
    accounts::{own_account, taken_over},
    sessions::{check_not_locked, end_sessions_but},
};

const ISSUER: &str = "Relief Depot";
const WRONG_CODE: &str = "wrong-code";
const RECOVERY_CODES: usize = 8;
// 120 bits: from 112 on a plain hash is enough (ASVS 5.0.0 6.5.2).
const RECOVERY_SIGNS: usize = 24;

/// Whether a refusal is that of a wrong code, which has to be counted.
pub(in crate::identity) fn is_wrong_code(problem: &Problem) -> bool {
    problem.faults.iter().any(|fault| fault.code == WRONG_CODE)
}

fn wrong_code() -> Problem {
    Problem::field(
        "/code",
        WRONG_CODE,
        "验证码不对或已用过。请等手机显示下一个验证码，并核对手机时间",
        "the code is wrong or was used; wait for the next one, and look at the telephone's clock",
    )
}

/// Spends a code of an account: the step that it belongs to, or a recovery code.
pub(super) async fn spend(
    uow: &Uow<'_>,
    row: &account::Model,
    secrets: &Secrets,
    code: &str,
) -> Result<Option<i64>, Problem> {
    let signs = codes::signs(code);
    if signs.len() == RECOVERY_SIGNS {
        use recovery_code::{Column, Entity};
        let spent = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(uow.now()))
            .filter(Column::AccountId.eq(row.id))
            .filter(Column::CodeHash.eq(token_hash(&signs)))
            .filter(Column::UsedAt.is_null())
            .exec(uow.db())
            .await?;
        return match spent.rows_affected {
            1 => Ok(None),
            _ => Err(wrong_code()),
        };
    }
    step_of(uow, row, secrets, &signs).map(Some)
}

fn step_of(
    uow: &Uow<'_>,
    row: &account::Model,
    secrets: &Secrets,
    code: &str,
) -> Result<i64, Problem> {
    let sealed = row.totp_secret.as_deref().ok_or_else(wrong_code)?;
    let secret = secrets
        .unseal(row.id, sealed)
        .and_then(|secret| Ok(<[u8; Totp::SECRET_BYTES]>::try_from(secret.as_slice())?))
        .map_err(Problem::internal)?;
    Totp::new(secret)
        .check(code, uow.now(), row.totp_last_step)
        .ok_or_else(wrong_code)
}

fn in_state(state: &'static str) -> Problem {
    Problem::new(Code::WrongState).with("state", state)
}

/// Makes a secret, which counts for nothing until a code of it was shown.
#[derive(Debug)]
pub(in crate::identity) struct EnrolSecondFactor {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) secrets: Secrets,
}

impl Command for EnrolSecondFactor {
    type Output = SecondFactorView;
    const NAME: &'static str = "identity.enrol_second_factor";
    const PERMISSION: Permission = Permission::OwnOr(&[]);
    const SECRET: &'static [&'static str] = &["secret", "uri"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SecondFactorView, Problem> {
        let row = own_account(uow, self.account).await?;
        check_not_locked(row.locked_until, uow.now())?;
        if row.totp_confirmed_at.is_some() {
            return Err(in_state("confirmed"));
        }
        let login: Login = row.login.parse().map_err(Problem::internal)?;
        let organisation = row.organisation_id;
        let totp = Totp::new(ids::random());
        let sealed = self.secrets.seal(row.id, totp.secret());
        let mut change = row.into_active_model();
        change.totp_secret = Set(Some(sealed.map_err(Problem::internal)?));
        change.totp_last_step = Set(None);
        change.update(uow.db()).await?;
        uow.subject(self.account, Some(organisation));
        Ok(SecondFactorView {
            account_id: self.account,
            secret: Some(totp.base32()),
            uri: Some(totp.uri(ISSUER, &login)),
        })
    }
}

/// Lets a second factor count, whose holder shows a code of it.
#[derive(Debug)]
pub(in crate::identity) struct ConfirmSecondFactor {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) secrets: Secrets,
    pub(in crate::identity) code: String,
}

impl Command for ConfirmSecondFactor {
    type Output = RecoveryCodesView;
    const NAME: &'static str = "identity.confirm_second_factor";
    const PERMISSION: Permission = Permission::OwnOr(&[]);
    const SECRET: &'static [&'static str] = &["recovery_codes"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<RecoveryCodesView, Problem> {
        let row = own_account(uow, self.account).await?;
        check_not_locked(row.locked_until, uow.now())?;
        if row.totp_confirmed_at.is_some() {
            return Err(in_state("confirmed"));
        }
        if row.totp_secret.is_none() {
            return Err(in_state("none"));
        }
        let step = step_of(uow, &row, &self.secrets, &codes::signs(&self.code))?;
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let mut change = row.into_active_model();
        change.totp_confirmed_at = Set(Some(uow.now()));
        change.totp_last_step = Set(Some(step));
        change.failed_attempts = Set(0);
        change.version = Set(version);
        change.update(uow.db()).await?;
        let recovery_codes = fresh_codes(uow, self.account).await?;
        keep_this_session(uow, self.account, 2).await?;
        uow.subject(self.account, Some(organisation));
        Ok(RecoveryCodesView {
            account_id: self.account,
            confirmed_at: uow.now(),
            recovery_codes: Some(recovery_codes),
        })
    }
}

async fn fresh_codes(uow: &Uow<'_>, account: Id<kinds::Account>) -> Result<Vec<String>, Problem> {
    forget_codes(uow, account).await?;
    let fresh: Vec<_> = (0..RECOVERY_CODES)
        .map(|_| codes::fresh::<RECOVERY_SIGNS>())
        .collect();
    let rows = fresh.iter().map(|code| recovery_code::ActiveModel {
        account_id: Set(account.uuid()),
        code_hash: Set(token_hash(&codes::signs(code))),
        used_at: Set(None),
    });
    uow.insert_all(rows.collect()).await?;
    Ok(fresh)
}

async fn forget_codes(uow: &Uow<'_>, account: Id<kinds::Account>) -> Result<(), Problem> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::AccountId.eq(account.uuid()))
        .exec(uow.db())
        .await?;
    Ok(())
}

// Ends the account's other sessions: who opened them may not be who changed this (ASVS 5.0.0 7.4.3).
async fn keep_this_session(
    uow: &Uow<'_>,
    account: Id<kinds::Account>,
    factors: i64,
) -> Result<(), Problem> {
    let this = uow.caller().session();
    end_sessions_but(uow, account, this).await?;
    if let Some(this) = this {
        session::Entity::update_many()
            .col_expr(session::Column::Factors, Expr::value(factors))
            .filter(session::Column::Id.eq(this))
            .exec(uow.db())
            .await?;
    }
    Ok(())
}

/// Who takes a second factor away, and by what right.
#[derive(Debug)]
pub(in crate::identity) enum Removal {
    /// Its holder, who shows a code.
    Own { code: String, secrets: Secrets },
    /// Somebody who manages the account, and says why.
    Reset { reason: Text<1000> },
}

/// Takes a second factor away, confirmed or not.
#[derive(Debug)]
pub(in crate::identity) struct RemoveSecondFactor {
    pub(in crate::identity) account: Id<kinds::Account>,
    pub(in crate::identity) removal: Removal,
}

impl Command for RemoveSecondFactor {
    type Output = SecondFactorRemovedView;
    const NAME: &'static str = "identity.remove_second_factor";
    const PERMISSION: Permission = Permission::OwnOr(&[Capability::ManageAccounts]);

    async fn run(&self, uow: &mut Uow<'_>) -> Result<SecondFactorRemovedView, Problem> {
        let own = matches!(self.removal, Removal::Own { .. });
        let row = if own {
            own_account(uow, self.account).await?
        } else {
            taken_over(uow, self.account).await?
        };
        if row.totp_secret.is_none() {
            return Err(in_state("none"));
        }
        let reason = match &self.removal {
            Removal::Own { code, secrets } => {
                check_not_locked(row.locked_until, uow.now())?;
                spend(uow, &row, secrets, code).await?;
                None
            }
            Removal::Reset { reason } => Some(reason.as_str().to_owned()),
        };
        let (organisation, version) = (row.organisation_id, row.version + 1);
        let mut change = row.into_active_model();
        change.totp_secret = Set(None);
        change.totp_confirmed_at = Set(None);
        change.totp_last_step = Set(None);
        if own {
            change.failed_attempts = Set(0);
        }
        change.version = Set(version);
        change.update(uow.db()).await?;
        forget_codes(uow, self.account).await?;
        if own {
            keep_this_session(uow, self.account, 1).await?;
        } else {
            end_sessions_but(uow, self.account, None).await?;
        }
        uow.subject(self.account, Some(organisation));
        Ok(SecondFactorRemovedView {
            account_id: self.account,
            removed_at: uow.now(),
            reason,
        })
    }
}
