//! Lists, a page at a time, by key.
//!
//! **Invariant.** A page begins strictly after the last item of the one before, by sort key and
//! id, so that inserts neither repeat nor hide an item. A cursor belongs to its filter.

use domain::kernel::{Id, Kind};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::{Bilingual, Code, FieldFault, Problem};

const LIMIT_DEFAULT: u64 = 50;

/// How much to show, and from where.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u64>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 2048, pattern = "^[0-9a-f]+$")]
    pub(crate) cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The items, in the list's order.
    #[schema(max_items = 200)]
    pub(crate) items: Vec<T>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2048)]
    pub(crate) next_cursor: Option<String>,
}

/// The place in a list after which a page begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The sort key of the last item.
    key: String,
    id: Uuid,
    /// A digest of the filter that the cursor belongs to: a filter may be longer than a cursor.
    filter: String,
}

impl Cursor {
    fn encode(&self) -> String {
        hex::encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str) -> Option<Self> {
        let cursor: Self = serde_json::from_slice(&hex::decode(text).ok()?).ok()?;
        // PostgreSQL cannot even be asked for U+0000.
        (!cursor.key.contains('\0')).then_some(cursor)
    }

    /// The sort key of the last item of the page before.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The sort key as `read` understands it. One that was tampered with is refused, since a list
    /// that begins or ends somewhere else would look like an answer.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
        read(&self.key).ok_or_else(refused)
    }

    /// The id of the last item of the page before.
    pub(crate) fn id(&self) -> Uuid {
        self.id
    }
}

fn refused() -> Problem {
    let mut problem = Problem::new(Code::InvalidParameter);
    problem.faults.push(FieldFault {
        pointer: "cursor".to_owned(),
        code: "cursor",
        message: Bilingual::new(
            "游标无效，或不属于这组筛选条件",
            "the cursor is not valid or belongs to another filter",
        ),
    });
    problem
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl PageQuery {
    pub(crate) fn limit(&self) -> u64 {
        self.limit.unwrap_or(LIMIT_DEFAULT)
    }

    /// The cursor, if it was given and belongs to `filter`.
    pub(crate) fn cursor(&self, filter: &str) -> Result<Option<Cursor>, Problem> {
        let Some(text) = &self.cursor else {
            return Ok(None);
        };
        let filter = digest(filter);
        Cursor::decode(text)
            .filter(|cursor| cursor.filter == filter)
            .map(Some)
            .ok_or_else(refused)
    }

    /// Cuts `select` to this page, ordered by a text column and then the id. Fetches one row more
    /// than the page holds, so that [`Page::cut`] knows whether there is a next.
    pub(crate) fn by_key<E, K, I>(
        &self,
        select: Select<E>,
        key: K,
        id: I,
        filter: &str,
    ) -> Result<Select<E>, Problem>
    where
        E: EntityTrait,
        K: ColumnTrait,
        I: ColumnTrait,
    {
        let mut select = select;
        if let Some(cursor) = self.cursor(filter)? {
            // As one row: of alternatives SQLite reads the index from its beginning each time.
            let place = Expr::tuple([key.into_expr(), id.into_expr()]);
            let last = Expr::tuple([Expr::val(cursor.key), Expr::val(cursor.id)]);
            select = select.filter(place.gt(last));
        }
        Ok(select
            .order_by_asc(key)
            .order_by_asc(id)
            .limit(self.limit() + 1))
    }

    /// Cuts `select` to this page, ordered by a text column that is unique by itself.
    pub(crate) fn by_text<E, K>(
        &self,
        select: Select<E>,
        key: K,
        filter: &str,
    ) -> Result<Select<E>, Problem>
    where
        E: EntityTrait,
        K: ColumnTrait,
    {
        let mut select = select;
        if let Some(cursor) = self.cursor(filter)? {
            select = select.filter(key.gt(cursor.key));
        }
        Ok(select.order_by_asc(key).limit(self.limit() + 1))
    }

    /// Cuts `select` to this page, ordered by id, which is the order of making.
    pub(crate) fn by_id<E, I>(
        &self,
        select: Select<E>,
        id: I,
        direction: Direction,
        filter: &str,
    ) -> Result<Select<E>, Problem>
    where
        E: EntityTrait,
        I: ColumnTrait,
    {
        let mut select = select;
        if let Some(cursor) = self.cursor(filter)? {
            select = select.filter(match direction {
                Direction::Ascending => id.gt(cursor.id),
                Direction::Descending => id.lt(cursor.id),
            });
        }
        let select = match direction {
            Direction::Ascending => select.order_by_asc(id),
            Direction::Descending => select.order_by_desc(id),
        };
        Ok(select.limit(self.limit() + 1))
    }

    /// The rows of this page of `select`, the newest ids first, for those who make views of many rows
    /// at once: one statement.
    pub(crate) async fn newest<E, I>(
        &self,
        db: &impl ConnectionTrait,
        select: Select<E>,
        id: I,
        id_of: impl Fn(&E::Model) -> Uuid,
        filter: &str,
    ) -> Result<Page<E::Model>, Problem>
    where
        E: EntityTrait,
        I: ColumnTrait,
    {
        let select = self.by_id(select, id, Direction::Descending, filter)?;
        let rows = select.all(db).await?;
        let place = |row: &E::Model| (String::new(), id_of(row));
        Ok(Page::cut(rows, self, filter, place, |row| row))
    }
}

impl<T> Page<Result<T, Problem>> {
    /// The page, if each of its items could be shown.
    pub(crate) fn whole(self) -> Result<Page<T>, Problem> {
        Ok(Page {
            items: self.items.into_iter().collect::<Result<_, _>>()?,
            next_cursor: self.next_cursor,
        })
    }
}

impl<T> Page<T> {
    /// The same page of what `view` makes of each of its items.
    pub(crate) fn map<R>(self, view: impl FnMut(T) -> R) -> Page<R> {
        Page {
            items: self.items.into_iter().map(view).collect(),
            next_cursor: self.next_cursor,
        }
    }

    /// Keeps what fits on the page and makes the cursor of the next one from the last kept row.
    pub(crate) fn cut<R>(
        mut rows: Vec<R>,
        query: &PageQuery,
        filter: &str,
        place: impl Fn(&R) -> (String, Uuid),
        view: impl FnMut(R) -> T,
    ) -> Self {
        let limit = usize::try_from(query.limit()).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|row| {
            let (key, id) = place(row);
            let filter = digest(filter);
            Cursor { key, id, filter }.encode()
        });
        Self {
            items: rows.into_iter().map(view).collect(),
            next_cursor,
        }
    }
}

// A mistaken cursor is to be caught, not a forged one: 64 bits are enough.
fn digest(filter: &str) -> String {
    hex::encode(&Sha256::digest(filter.as_bytes())[..8])
}

/// The id of an item as a list's cursor keeps it.
pub(crate) fn by_id_only<K: Kind>(id: Id<K>) -> (String, Uuid) {
    (String::new(), id.uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_filter() {
        let page = Page::cut(
            (1..=3_u128).collect(),
            &PageQuery {
                limit: Some(2),
                cursor: None,
            },
            "level=county",
            |n| (n.to_string(), Uuid::from_u128(*n)),
            |n| n,
        );
        assert_eq!(page.items, [1, 2]);
        let query = PageQuery {
            limit: None,
            cursor: page.next_cursor,
        };
        assert_eq!(query.cursor("level=county").unwrap().unwrap().key(), "2");
        assert_eq!(query.cursor("").unwrap_err().code, Code::InvalidParameter);
        let broken = PageQuery {
            limit: None,
            cursor: Some("00ff".to_owned()),
        };
        assert!(broken.cursor("").is_err());
    }

    #[test]
    fn the_longest_cursor_that_is_given_is_taken() {
        let page = Page::cut(
            vec![(); 2],
            &PageQuery {
                limit: Some(1),
                cursor: None,
            },
            &"灾".repeat(1_000),
            |()| ("\u{20000}".repeat(200), Uuid::max()),
            |()| (),
        );
        let length = page.next_cursor.unwrap().len();
        assert!(length <= 2_048, "{length}");
    }
}
