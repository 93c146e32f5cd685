//! Several writes in one trip to the database.
//!
//! **Invariant.** All are done in their order, or the transaction is broken off. None of them reads
//! what another wrote: PostgreSQL does them side by side in one statement and looks at foreign keys
//! at its end.
//!
//! On SQLite each statement is a hop to the thread of its connection and back, on PostgreSQL a round
//! trip; both cost more than the write itself.

use std::{collections::BTreeSet, fmt::Write as _};

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DatabaseTransaction, DbBackend, EntityName,
    EntityTrait, IdenStatic, IntoActiveModel, Iterable, Statement, Value,
    sea_query::{
        InsertStatement, PostgresQueryBuilder, QueryBuilder, SqlWriter, SqlWriterValues,
        SqliteQueryBuilder, UpdateStatement,
    },
};

use crate::{
    problem::Problem,
    storage::{Engine, VALUES_A_STATEMENT},
};

/// Writes that wait to be done together.
#[derive(Debug, Default)]
pub(crate) struct Together {
    writes: Vec<Write>,
    values: usize,
}

/// One of them.
#[derive(Debug)]
pub(crate) enum Write {
    Rows(Rows),
    Insert(InsertStatement),
    Update(UpdateStatement),
}

impl From<InsertStatement> for Write {
    fn from(insert: InsertStatement) -> Self {
        Self::Insert(insert)
    }
}

impl From<UpdateStatement> for Write {
    fn from(update: UpdateStatement) -> Self {
        Self::Update(update)
    }
}

/// New rows of one table. Most of what is written is that, so it is said without a detour over a tree
/// of expressions.
#[derive(Debug)]
pub(crate) struct Rows {
    table: &'static str,
    columns: Vec<&'static str>,
    /// Row by row; `None` for what a row does not say, which is nothing.
    values: Vec<Option<Value>>,
}

impl Rows {
    fn of<A: ActiveModelTrait>(rows: Vec<A>) -> Self {
        let columns: Vec<_> = <A::Entity as EntityTrait>::Column::iter().collect();
        let width = columns.len();
        let mut values = Vec::with_capacity(rows.len() * width);
        for mut row in rows {
            values.extend(columns.iter().map(|&column| match row.take(column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
                ActiveValue::NotSet => None,
            }));
        }
        // What no row says is left to the table.
        let is_said = |column: &usize| {
            values
                .iter()
                .skip(*column)
                .step_by(width)
                .any(Option::is_some)
        };
        let said: BTreeSet<_> = (0..width).filter(is_said).collect();
        let mut place = 0..;
        values.retain(|_| {
            place
                .next()
                .is_some_and(|place: usize| said.contains(&(place % width)))
        });
        Self {
            table: A::Entity::default().table_name(),
            columns: said
                .iter()
                .map(|&column| columns[column].as_str())
                .collect(),
            values,
        }
    }
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
            self.writes.push(Write::Rows(Rows::of(chunk)));
        }
    }

    /// The new rows among them: the table of each and what it says.
    pub(super) fn rows(
        &self,
    ) -> impl Iterator<Item = (&'static str, impl Iterator<Item = (&'static str, &Value)>)> {
        let of_tables = self.writes.iter().filter_map(|write| match write {
            Write::Rows(rows) => Some(rows),
            Write::Insert(_) | Write::Update(_) => None,
        });
        of_tables.flat_map(|rows| {
            let each = rows.values.chunks(rows.columns.len().max(1));
            each.map(|values| {
                let members = rows.columns.iter().copied().zip(values);
                let said = members.filter_map(|(name, value)| Some((name, value.as_ref()?)));
                (rows.table, said)
            })
        })
    }

    /// Any other write of a few values.
    pub(crate) fn add(&mut self, write: impl Into<Write>) {
        self.writes.push(write.into());
    }

    /// Does them.
    pub(crate) async fn run(
        self,
        transaction: &DatabaseTransaction,
        engine: Engine,
    ) -> Result<(), Problem> {
        if self.values > VALUES_A_STATEMENT {
            for write in self.writes {
                once(transaction, engine, vec![write]).await?;
            }
            return Ok(());
        }
        once(transaction, engine, self.writes).await
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
            std::mem::take(&mut self.writes)
        } else {
            Vec::new()
        };
        let mut writes = vec![change.into()];
        writes.append(&mut self.writes);
        let statement = statement(engine, writes, true)?;
        let given_back = transaction.query_all_raw(statement).await?;
        for write in rest {
            once(transaction, engine, vec![write]).await?;
        }
        Ok(!given_back.is_empty())
    }
}

async fn once(
    transaction: &DatabaseTransaction,
    engine: Engine,
    writes: Vec<Write>,
) -> Result<(), Problem> {
    if writes.is_empty() {
        return Ok(());
    }
    let statement = statement(engine, writes, false)?;
    transaction.execute_raw(statement).await?;
    Ok(())
}

// `gives_back` says that the first of them has rows to give back.
fn statement(engine: Engine, writes: Vec<Write>, gives_back: bool) -> Result<Statement, Problem> {
    match engine {
        Engine::Sqlite => one_after_the_other(writes),
        Engine::Postgres => side_by_side(writes, gives_back),
    }
    .map_err(Problem::internal)
}

// `INSERT …; INSERT …; UPDATE …`: the driver binds values through all of them.
fn one_after_the_other(writes: Vec<Write>) -> Result<Statement, std::fmt::Error> {
    let mut sql = SqlWriterValues::new("?", false);
    for (number, write) in writes.into_iter().enumerate() {
        if number > 0 {
            sql.write_str("; ")?;
        }
        say(write, &mut sql, &SqliteQueryBuilder)?;
    }
    let (sql, values) = sql.into_parts();
    Ok(Statement::from_sql_and_values(
        DbBackend::Sqlite,
        sql,
        values,
    ))
}

// `WITH w0 AS (INSERT …), w1 AS (UPDATE …) SELECT 1`, or `SELECT * FROM w0`.
fn side_by_side(writes: Vec<Write>, gives_back: bool) -> Result<Statement, std::fmt::Error> {
    let mut sql = SqlWriterValues::new("$", true);
    for (number, write) in writes.into_iter().enumerate() {
        let before = if number == 0 { "WITH" } else { "," };
        write!(sql, "{before} w{number} AS (")?;
        say(write, &mut sql, &PostgresQueryBuilder)?;
        sql.write_str(")")?;
    }
    sql.write_str(if gives_back {
        " SELECT * FROM w0"
    } else {
        " SELECT 1"
    })?;
    let (sql, values) = sql.into_parts();
    Ok(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
}

fn say(
    write: Write,
    sql: &mut SqlWriterValues,
    builder: &impl QueryBuilder,
) -> Result<(), std::fmt::Error> {
    match write {
        Write::Rows(rows) => return say_rows(rows, sql, builder),
        Write::Insert(insert) => builder.prepare_insert_statement(&insert, sql),
        Write::Update(update) => builder.prepare_update_statement(&update, sql),
    }
    Ok(())
}

fn say_rows(
    Rows {
        table,
        columns,
        values,
    }: Rows,
    sql: &mut SqlWriterValues,
    builder: &impl QueryBuilder,
) -> Result<(), std::fmt::Error> {
    write!(
        sql,
        r#"INSERT INTO "{table}" ("{}") VALUES "#,
        columns.join(r#"", ""#)
    )?;
    for (number, value) in values.into_iter().enumerate() {
        sql.write_str(match (number, number % columns.len()) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        })?;
        match value {
            Some(value) => sql.push_param(value, builder),
            None => sql.write_str("NULL")?,
        }
    }
    sql.write_str(")")
}

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::Query};

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
        let sqlite = one_after_the_other(writes().writes).unwrap();
        assert_eq!(
            sqlite.sql,
            r#"INSERT INTO "note" ("id", "text") VALUES (?, ?), (?, ?); UPDATE "note" SET "text" = ? WHERE "note"."id" = ?"#
        );
        let postgres = side_by_side(writes().writes, false).unwrap();
        assert_eq!(
            postgres.sql,
            r#"WITH w0 AS (INSERT INTO "note" ("id", "text") VALUES ($1, $2), ($3, $4)), w1 AS (UPDATE "note" SET "text" = $5 WHERE "note"."id" = $6) SELECT 1"#
        );
        let values = sqlite.values.unwrap().0;
        assert_eq!(values.len(), 6);
        assert_eq!(values, postgres.values.unwrap().0);
    }

    #[test]
    fn the_first_gives_back_what_it_changed() {
        let change = Query::update()
            .table(note::Entity)
            .value(note::Column::Text, "three")
            .returning_col(note::Column::Id)
            .to_owned();
        let statements = || {
            let mut statements = vec![change.clone().into()];
            statements.extend(writes().writes.into_iter().take(1));
            statements
        };
        let postgres = statement(Engine::Postgres, statements(), true).unwrap();
        assert_eq!(
            postgres.sql,
            r#"WITH w0 AS (UPDATE "note" SET "text" = $1 RETURNING "id"), w1 AS (INSERT INTO "note" ("id", "text") VALUES ($2, $3), ($4, $5)) SELECT * FROM w0"#
        );
        let sqlite = statement(Engine::Sqlite, statements(), true).unwrap();
        assert_eq!(
            sqlite.sql,
            r#"UPDATE "note" SET "text" = ? RETURNING "id"; INSERT INTO "note" ("id", "text") VALUES (?, ?), (?, ?)"#
        );
    }

    #[test]
    fn what_a_row_does_not_say_is_nothing_and_what_none_says_is_left_out() {
        let row = |id, text: Option<&str>| note::ActiveModel {
            id: Set(id),
            text: text.map_or(ActiveValue::NotSet, |text| Set(text.to_owned())),
        };
        for (rows, sql) in [
            (
                vec![row(1, Some("one")), row(2, None)],
                r#"INSERT INTO "note" ("id", "text") VALUES (?, ?), (?, NULL)"#,
            ),
            (
                vec![row(1, None), row(2, None)],
                r#"INSERT INTO "note" ("id") VALUES (?), (?)"#,
            ),
        ] {
            let mut writes = Together::default();
            writes.insert(rows);
            assert_eq!(one_after_the_other(writes.writes).unwrap().sql, sql);
        }
    }
}
