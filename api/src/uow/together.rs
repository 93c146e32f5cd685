//! Several writes in one trip to the database.
//!
//! **Invariant.** All are done in their order, or the transaction is broken off. None of them reads
//! what another wrote: PostgreSQL does them side by side in one statement and looks at foreign keys
//! at its end.
//!
//! On SQLite each statement is a hop to the thread of its connection and back, on PostgreSQL a round
//! trip; both cost more than the write itself.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    IntoActiveModel, Iterable, QueryTrait, Statement,
    sea_query::{
        Alias, Asterisk, CommonTableExpression, Expr, Query, SubQueryStatement, UpdateStatement,
        Values, WithClause,
    },
};

use crate::{
    problem::Problem,
    storage::{Engine, VALUES_A_STATEMENT},
};

/// Writes that wait to be done together.
#[derive(Debug, Default)]
pub(crate) struct Together {
    statements: Vec<SubQueryStatement>,
    values: usize,
}

impl Together {
    /// New rows of one table, however many.
    pub(crate) fn insert<A>(&mut self, rows: impl IntoIterator<Item = A>)
    where
        A: ActiveModelTrait,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    {
        let columns = <A::Entity as EntityTrait>::Column::iter().count();
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<_> = rows.by_ref().take(VALUES_A_STATEMENT / columns).collect();
            if chunk.is_empty() {
                return;
            }
            self.values += chunk.len() * columns;
            let statement = A::Entity::insert_many(chunk).into_query();
            self.statements.push(statement.into());
        }
    }

    /// Any other write of a few values.
    pub(crate) fn add(&mut self, statement: impl Into<SubQueryStatement>) {
        self.statements.push(statement.into());
    }

    /// Does them.
    pub(crate) async fn run(
        self,
        transaction: &DatabaseTransaction,
        engine: Engine,
    ) -> Result<(), Problem> {
        if self.values > VALUES_A_STATEMENT {
            for statement in self.statements {
                once(transaction, engine, vec![statement]).await?;
            }
            return Ok(());
        }
        once(transaction, engine, self.statements).await
    }

    /// Does `change` and then them; answers whether the change gave a row back, and so was made. Where
    /// it was not, they are done all the same: then the transaction is to be broken off.
    pub(super) async fn run_behind(
        mut self,
        change: UpdateStatement,
        transaction: &DatabaseTransaction,
        engine: Engine,
    ) -> Result<bool, Problem> {
        let rest = if self.values > VALUES_A_STATEMENT {
            std::mem::take(&mut self.statements)
        } else {
            Vec::new()
        };
        let mut statements = vec![change.into()];
        statements.append(&mut self.statements);
        let statement = statement(engine, statements, true)?;
        let given_back = transaction.query_all_raw(statement).await?;
        for statement in rest {
            once(transaction, engine, vec![statement]).await?;
        }
        Ok(!given_back.is_empty())
    }
}

async fn once(
    transaction: &DatabaseTransaction,
    engine: Engine,
    statements: Vec<SubQueryStatement>,
) -> Result<(), Problem> {
    if statements.is_empty() {
        return Ok(());
    }
    let statement = statement(engine, statements, false)?;
    transaction.execute_raw(statement).await?;
    Ok(())
}

// `gives_back` says that the first of them has rows to give back.
fn statement(
    engine: Engine,
    statements: Vec<SubQueryStatement>,
    gives_back: bool,
) -> Result<Statement, Problem> {
    match engine {
        Engine::Sqlite => one_after_the_other(&statements),
        Engine::Postgres => Ok(side_by_side(statements, gives_back)),
    }
}

// `INSERT …; INSERT …; UPDATE …`: the driver binds values through all of them.
fn one_after_the_other(statements: &[SubQueryStatement]) -> Result<Statement, Problem> {
    let backend = DbBackend::Sqlite;
    let mut all = Vec::new();
    let mut values = Vec::new();
    for statement in statements {
        let built = match statement {
            SubQueryStatement::InsertStatement(insert) => backend.build(insert),
            SubQueryStatement::UpdateStatement(update) => backend.build(update),
            other => {
                let error = anyhow::anyhow!("not a write: {other:?}");
                return Err(Problem::internal(error));
            }
        };
        all.push(built.sql);
        values.extend(built.values.unwrap_or(Values(Vec::new())).0);
    }
    Ok(Statement::from_sql_and_values(
        backend,
        all.join("; "),
        values,
    ))
}

// `WITH w0 AS (INSERT …), w1 AS (UPDATE …) SELECT 1`, or `SELECT * FROM w0`.
fn side_by_side(statements: Vec<SubQueryStatement>, gives_back: bool) -> Statement {
    let mut writes = WithClause::new();
    for (number, statement) in statements.into_iter().enumerate() {
        let mut write = CommonTableExpression::new();
        write
            .query(statement)
            .table_name(Alias::new(format!("w{number}")));
        writes.cte(write);
    }
    let mut done = Query::select();
    if gives_back {
        done.column(Asterisk).from(Alias::new("w0"));
    } else {
        done.expr(Expr::val(1));
    }
    DbBackend::Postgres.build(&done.with(writes))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveValue::Set, entity::prelude::*};

    use super::*;

    mod note {
        use super::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "note")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub(crate) id: i64,
            pub(crate) text: String,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    fn writes() -> Together {
        let mut writes = Together::default();
        writes.insert((1..=2).map(|id| note::ActiveModel {
            id: Set(id),
            text: Set(id.to_string()),
        }));
        let update = Query::update()
            .table(note::Entity)
            .value(note::Column::Text, "three")
            .and_where(note::Column::Id.eq(3))
            .to_owned();
        writes.add(update);
        writes
    }

    #[test]
    fn values_stand_in_the_order_of_their_places() {
        let sqlite = one_after_the_other(&writes().statements).unwrap();
        assert_eq!(
            sqlite.sql,
            r#"INSERT INTO "note" ("id", "text") VALUES (?, ?), (?, ?); UPDATE "note" SET "text" = ? WHERE "note"."id" = ?"#
        );
        let postgres = side_by_side(writes().statements, false);
        assert_eq!(
            postgres.sql,
            r#"WITH "w0" AS (INSERT INTO "note" ("id", "text") VALUES ($1, $2), ($3, $4)) , "w1" AS (UPDATE "note" SET "text" = $5 WHERE "note"."id" = $6) SELECT $7"#
        );
        let values = sqlite.values.unwrap().0;
        assert_eq!(values.len(), 6);
        assert_eq!(values, postgres.values.unwrap().0[..6]);
    }

    #[test]
    fn the_first_gives_back_what_it_changed() {
        let change = Query::update()
            .table(note::Entity)
            .value(note::Column::Text, "three")
            .returning_col(note::Column::Id)
            .to_owned();
        let mut statements = vec![change.into()];
        statements.extend(writes().statements.into_iter().take(1));
        let postgres = statement(Engine::Postgres, statements.clone(), true).unwrap();
        assert_eq!(
            postgres.sql,
            r#"WITH "w0" AS (UPDATE "note" SET "text" = $1 RETURNING "id") , "w1" AS (INSERT INTO "note" ("id", "text") VALUES ($2, $3), ($4, $5)) SELECT * FROM "w0""#
        );
        let sqlite = statement(Engine::Sqlite, statements, true).unwrap();
        assert_eq!(
            sqlite.sql,
            r#"UPDATE "note" SET "text" = ? RETURNING "id"; INSERT INTO "note" ("id", "text") VALUES (?, ?), (?, ?)"#
        );
    }
}
