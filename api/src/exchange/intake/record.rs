//! One row, typed.
//!
//! **Invariant.** A record has a value or nothing for every column that was asked for, each of its
//! column's kind, and knows the cell that each came from.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::exchange::{columns::ColumnSpec, sheet::CellRef, value::Value};

/// Where the columns of a sheet are.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sheet: Arc<str>,
    pub(super) specs: &'static [ColumnSpec],
    pub(super) columns: Vec<Option<u32>>,
}

/// One row, typed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The row's number in its sheet.
    pub(crate) row: u32,
    pub(super) layout: Arc<Layout>,
    pub(super) values: Vec<Option<Value>>,
}

impl Record {
    /// The sheet.
    pub(crate) fn sheet(&self) -> &Arc<str> {
        &self.layout.sheet
    }

    /// The value of a column, `None` if it is blank. The typed forms below also answer `None` if
    /// the column is of another kind.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(self.index(key)?)?.as_ref()
    }

    /// A text or the key of a choice.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.value(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    pub(crate) fn whole(&self, key: &str) -> Option<i64> {
        match self.value(key) {
            Some(Value::Whole(whole)) => Some(*whole),
            _ => None,
        }
    }

    /// A decimal.
    pub(crate) fn decimal(&self, key: &str) -> Option<Decimal> {
        match self.value(key) {
            Some(Value::Decimal(decimal)) => Some(*decimal),
            _ => None,
        }
    }

    /// A day.
    pub(crate) fn date(&self, key: &str) -> Option<NaiveDate> {
        match self.value(key) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key) {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// The cell that a column's value came from, for complaints about what it means; `None` for a
    /// constant of the mapping.
    pub(crate) fn cell(&self, key: &str) -> Option<CellRef> {
        let column = (*self.layout.columns.get(self.index(key)?)?)?;
        Some(CellRef {
            row: self.row,
            column,
        })
    }

    /// Whether the row itself says something in this column: a blank does not, nor does a constant
    /// of the mapping.
    pub(crate) fn states(&self, key: &str) -> bool {
        self.cell(key).is_some() && self.value(key).is_some()
    }

    /// The keys of all columns that were asked for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.layout.specs.iter().map(|spec| spec.key)
    }

    /// Whether there is a column of this key.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.index(key).is_some()
    }

    fn index(&self, key: &str) -> Option<usize> {
        self.layout.specs.iter().position(|spec| spec.key == key)
    }
}
