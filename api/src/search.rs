//! How what people type becomes a condition.
//!
//! **Invariant.** What is typed is taken literally: `%` and `_` match themselves, letter case never
//! matters, and both databases find the same rows. A term in which nothing can be found finds
//! nothing.

use domain::kernel::NameKey;
use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr},
};

/// Rows whose column of name keys contains the key of `term`.
pub(crate) fn name_contains(column: impl Into<SimpleExpr>, term: &str) -> Condition {
    let key = NameKey::of(term);
    if key.is_empty() {
        return nothing();
    }
    // A key has letters and digits only, so there is nothing to escape.
    Condition::all().add(column.into().like(format!("%{key}%")))
}

/// Rows whose column of codes begins with `term`.
pub(crate) fn code_begins_with(column: impl Into<SimpleExpr>, term: &str) -> Condition {
    let term = term.trim();
    if term.is_empty() {
        return nothing();
    }
    // Both databases lower ASCII letters the same way; codes seldom have others.
    let pattern: String = term
        .to_ascii_lowercase()
        .chars()
        .flat_map(|character| {
            let escape = matches!(character, '%' | '_' | '\\').then_some('\\');
            escape.into_iter().chain([character])
        })
        .chain(['%'])
        .collect();
    let column: SimpleExpr = Func::lower(column.into()).into();
    Condition::all().add(column.like(LikeExpr::new(pattern).escape('\\')))
}

fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::{Query, SqliteQueryBuilder};

    use super::*;

    fn check(condition: Condition, expected: &str) {
        let mut query = Query::select();
        query.expr(Expr::val(1)).cond_where(condition);
        let sql = query.to_string(SqliteQueryBuilder);
        assert_eq!(sql, format!("SELECT 1 WHERE {expected}"));
    }

    #[test]
    fn what_is_typed_is_taken_literally() {
        let column = || Expr::col("c");
        check(name_contains(column(), " Ａ-1%"), r#""c" LIKE '%a1%'"#);
        check(name_contains(column(), "%_"), "1 = 0");
        check(
            code_begins_with(column(), r" A_1%\ "),
            r#"LOWER("c") LIKE 'a\_1\%\\%' ESCAPE '\'"#,
        );
        check(code_begins_with(column(), " "), "1 = 0");
    }
}
