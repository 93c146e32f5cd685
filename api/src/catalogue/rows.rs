//! Tables of the catalogue.
//!
//! **Invariant.** Private to this context. All of them are reference data: whoever is logged in may
//! read them.

pub(super) mod category {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "category")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) code: String,
        pub(crate) name: String,
        pub(crate) name_en: Option<String>,
        pub(crate) parent_id: Option<Uuid>,
        pub(crate) name_key: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) category_id: Uuid,
        pub(crate) organisation_id: Uuid,
        pub(crate) name: String,
        pub(crate) name_en: Option<String>,
        pub(crate) specification: Option<String>,
        pub(crate) base_unit: String,
        pub(crate) weight_g: Option<i64>,
        pub(crate) volume_ml: Option<i64>,
        pub(crate) shelf_life_days: Option<i64>,
        pub(crate) kind: String,
        pub(crate) state: String,
        pub(crate) name_key: String,
        pub(crate) version: i64,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod item_key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item_key")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) name_key: String,
        pub(crate) text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod item_code {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "item_code")]
    pub(crate) struct Model {
        pub(crate) item_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) system: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) value: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod pack {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pack")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) name: String,
        pub(crate) base_units: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod kit_version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "kit_version")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) item_id: Uuid,
        pub(crate) number: i64,
        pub(crate) people: Option<i64>,
        pub(crate) days: Option<i64>,
        pub(crate) created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}

pub(super) mod kit_content {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "kit_content")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kit_version_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) item_id: Uuid,
        pub(crate) quantity: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl crate::scope::Reference for Entity {}
}
