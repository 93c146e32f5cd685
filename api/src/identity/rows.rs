//! Tables of identity.
//!
//! **Invariant.** Private to this context; no secret is kept in the clear.

macro_rules! by_organisation {
    () => {
        impl crate::scope::Visible for Entity {
            fn within(scope: &crate::scope::Scope) -> sea_orm::Condition {
                scope.covers(Expr::col((Entity, Column::OrganisationId)))
            }
        }
    };
}

pub(super) mod account {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) login: String,
        pub(crate) name: String,
        pub(crate) password_hash: String,
        pub(crate) password_set_at: Option<DateTimeUtc>,
        pub(crate) password_given: bool,
        pub(crate) organisation_id: Uuid,
        pub(crate) state: String,
        pub(crate) failed_attempts: i64,
        pub(crate) locked_until: Option<DateTimeUtc>,
        pub(crate) totp_secret: Option<String>,
        pub(crate) totp_confirmed_at: Option<DateTimeUtc>,
        pub(crate) totp_last_step: Option<i64>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    impl Model {
        /// The hash of the password; `None` where there is none, for which the column, that is older
        /// than such accounts, holds an empty text.
        pub(crate) fn password(&self) -> Option<&str> {
            Some(self.password_hash.as_str()).filter(|hash| !hash.is_empty())
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    by_organisation!();
}

pub(super) mod api_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) name: String,
        pub(crate) organisation_id: Uuid,
        pub(crate) secret_hash: String,
        pub(crate) holder_id: Option<Uuid>,
        pub(crate) secret_drawn_at: Option<DateTimeUtc>,
        pub(crate) secret_expires_at: Option<DateTimeUtc>,
        pub(crate) earlier_hash: Option<String>,
        pub(crate) earlier_until: Option<DateTimeUtc>,
        pub(crate) expires_at: Option<DateTimeUtc>,
        pub(crate) revoked_at: Option<DateTimeUtc>,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// Whether the secret of this hash, which is one of the two that are kept, works now.
        pub(crate) fn works_by(&self, hash: &str, now: DateTimeUtc) -> bool {
            let lasts = |end: Option<DateTimeUtc>| end.is_none_or(|end| end > now);
            let secret_lasts = if self.secret_hash == hash {
                lasts(self.secret_expires_at)
            } else {
                self.earlier_until.is_some_and(|end| end > now)
            };
            secret_lasts && lasts(self.expires_at)
        }
    }

    by_organisation!();
}

pub(super) mod grant {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role_grant")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) account_id: Option<Uuid>,
        pub(crate) api_key_id: Option<Uuid>,
        pub(crate) role: String,
        pub(crate) organisation_id: Uuid,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    by_organisation!();
}

pub(super) mod session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) account_id: Uuid,
        pub(crate) token_hash: String,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) expires_at: DateTimeUtc,
        pub(crate) used_at: DateTimeUtc,
        pub(crate) revoked_at: Option<DateTimeUtc>,
        pub(crate) factors: i64,
        pub(crate) network: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // A session is found by its secret or through its account, never listed by organisation.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod setup_code {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "setup_code")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) code_hash: String,
        pub(crate) created_at: DateTimeUtc,
        pub(crate) used_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod earlier_password {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "earlier_password")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) account_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) password_hash: String,
        pub(crate) replaced_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Looked at beside its account only.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod recovery_code {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_code")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) account_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) code_hash: String,
        pub(crate) used_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Found by its secret beside its account only.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod login_network {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "login_network")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) network: String,
        pub(crate) drains_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Nobody's: it is found by the address that calls.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod identity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) account_id: Uuid,
        pub(crate) issuer: String,
        pub(crate) subject: String,
        pub(crate) linked_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Found by what the provider says, or beside an account that was found in its scope.
    impl crate::scope::Reference for Entity {}
}

pub(super) mod provider_login {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "provider_login")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) login_hash: String,
        pub(crate) identity_id: Option<Uuid>,
        pub(crate) factors: i64,
        pub(crate) expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Found by its secret only.
    impl crate::scope::Reference for Entity {}
}

/// Who sees which of the tables.
pub(super) fn guards() -> Vec<crate::scope::Guard> {
    use crate::scope::Guard;

    vec![
        Guard::known::<account::Entity>(),
        Guard::known::<api_key::Entity>(),
        Guard::known::<grant::Entity>(),
        Guard::part::<session::Entity, account::Entity>(&[(
            session::Column::AccountId,
            account::Column::Id,
        )]),
        Guard::part::<identity::Entity, account::Entity>(&[(
            identity::Column::AccountId,
            account::Column::Id,
        )]),
    ]
}
