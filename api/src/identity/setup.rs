//! The first start: a one-time code instead of a default account.
//!
//! **Invariant.** The code is shown once on the server's console, kept as a hash, replaced at every
//! start until it is used, and dead once the first account exists.

use domain::{
    identity::{Login, Role},
    kernel::{Id, Text, kinds},
    organisations::{Body, DivisionCode},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};

use crate::{
    app::App,
    organisations::CreateOrganisation,
    problem::{Code, Problem},
    scope::{Scope, reference, visible},
    uow::{self, Command, Permission, Request, Uow},
};

use super::{caller::token_hash, codes, rows, wire::AccountView};

// 60 bits, for a code that lives until the first account.
const CODE_SIGNS: usize = 12;

/// Makes a fresh code if the server has no account yet; the caller prints it.
pub(crate) async fn announce(app: &App) -> Result<Option<String>, Problem> {
    if has_account(app).await? {
        return Ok(None);
    }
    let code = codes::fresh::<CODE_SIGNS>();
    uow::execute(
        app,
        &Request::operator("setup"),
        ReplaceSetupCode {
            hash: token_hash(&code),
        },
    )
    .await?;
    Ok(Some(code))
}

async fn has_account(app: &App) -> Result<bool, Problem> {
    Ok(visible::<rows::account::Entity>(&Scope::Everything)
        .one(app.db.latest())
        .await?
        .is_some())
}

struct ReplaceSetupCode {
    hash: String,
}

impl Command for ReplaceSetupCode {
    type Output = ();
    const NAME: &'static str = "identity.replace_setup_code";
    const PERMISSION: Permission = Permission::Unasked("the server's own at its start");

    async fn run(&self, uow: &mut Uow<'_>) -> Result<(), Problem> {
        use rows::setup_code::{ActiveModel, Column, Entity};
        Entity::insert(ActiveModel {
            id: Set(1),
            code_hash: Set(self.hash.clone()),
            created_at: Set(uow.now()),
            used_at: Set(None),
        })
        .on_conflict(
            OnConflict::column(Column::Id)
                .update_columns([Column::CodeHash, Column::CreatedAt, Column::UsedAt])
                .to_owned(),
        )
        .exec_without_returning(uow.db())
        .await?;
        Ok(())
    }
}

/// Plants the tree's root and its first account, whose holder then makes the others.
#[derive(Debug)]
pub(super) struct CompleteSetup {
    pub(super) code: String,
    pub(super) organisation: Root,
    pub(super) login: Login,
    pub(super) name: Text<200>,
    pub(super) password_hash: String,
}

/// The highest organisation of this installation.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) code: Text<32>,
    pub(super) name: Text<200>,
    pub(super) body: Body,
    pub(super) division: Option<DivisionCode>,
}

impl Command for CompleteSetup {
    type Output = AccountView;
    const NAME: &'static str = "identity.complete_setup";
    const PERMISSION: Permission = Permission::Unasked(
        "nobody is there yet to hold anything; the setup code is the permission",
    );
    const PERSONAL: &'static [&'static str] = &["name", "login", "subject"];

    async fn run(&self, uow: &mut Uow<'_>) -> Result<AccountView, Problem> {
        self.spend_code(uow).await?;
        let root = CreateOrganisation {
            id: None,
            code: self.organisation.code.clone(),
            name: self.organisation.name.clone(),
            name_en: None,
            body: self.organisation.body,
            parent: None,
            division: self.organisation.division,
        };
        let root = root.run(uow).await?;
        let account: Id<kinds::Account> = uow.id();
        // The first holder gives roles and does nothing else: the administrators are kept apart.
        super::commands::NewAccount {
            id: account,
            login: &self.login,
            name: self.name.as_str(),
            password_hash: Some(&self.password_hash),
            known_as: None,
            password_given: false,
            organisation: root.id,
            grants: &[(Role::SecurityAdmin, root.id)],
        }
        .insert(uow)
        .await
    }
}

impl CompleteSetup {
    // Of several that come with the right code together, one spends it.
    async fn spend_code(&self, uow: &Uow<'_>) -> Result<(), Problem> {
        use rows::setup_code::{Column, Entity};
        let spent = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(uow.now()))
            .filter(Column::CodeHash.eq(token_hash(self.code.trim())))
            .filter(Column::UsedAt.is_null())
            .exec(uow.db())
            .await?;
        if spent.rows_affected == 1 {
            return Ok(());
        }
        check_code(uow.db(), &self.code).await?;
        // Somebody spent it in between.
        Err(Problem::new(Code::AlreadySetUp))
    }
}

/// Refuses a code that is not the one on the console, or where none is waited for.
pub(super) async fn check_code(db: &impl ConnectionTrait, code: &str) -> Result<(), Problem> {
    let known = reference::<rows::setup_code::Entity>().one(db).await?;
    match known {
        // The demonstration makes its accounts itself and leaves no code.
        None => Err(Problem::new(Code::AlreadySetUp)),
        Some(row) if row.used_at.is_some() => Err(Problem::new(Code::AlreadySetUp)),
        // Hashes are compared, so that the time it takes tells nothing of the code.
        Some(row) if row.code_hash != token_hash(code.trim()) => {
            Err(Problem::new(Code::SetupCodeWrong))
        }
        Some(_) => Ok(()),
    }
}
