//! The categories that a file of items names.
//!
//! **Invariant.** Two statements for all that are known, and one more for each that is made. A name
//! that several categories share names none.

use std::collections::BTreeMap;

use domain::kernel::{Id, kinds::Category};

use crate::{
    catalogue,
    exchange::{kinds::row::ambiguous, report::Report},
    problem::{Fault, Problem},
    uow::{Command, Uow},
};

use super::read::Line;

/// The categories that the file names, and those made for it.
pub(super) struct Categories {
    by_text: BTreeMap<String, Vec<Id<Category>>>,
    // Rows that name a category that was known, and also say how it is called.
    unread_names: u64,
}

impl Categories {
    pub(super) async fn read(uow: &Uow<'_>, lines: &[Line<'_>]) -> Result<Self, Problem> {
        let texts = lines
            .iter()
            .flat_map(|line| [line.category(), line.category_code.as_str()]);
        Ok(Self {
            by_text: catalogue::find_categories(uow.db(), texts).await?,
            unread_names: 0,
        })
    }

    /// The category of a row, if it is known.
    pub(super) fn find(&self, line: &Line<'_>) -> Result<Option<Id<Category>>, Fault> {
        let (text, code) = (line.category(), line.category_code.as_str());
        let found = self.by_text.get(text).or_else(|| self.by_text.get(code));
        match found.map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some(&[id]) => Ok(Some(id)),
            Some(_) => Err(ambiguous(text)),
        }
    }

    /// The category of a new item, made if it is not there; `None` if the row does not tell which.
    pub(super) async fn of(
        &mut self,
        uow: &mut Uow<'_>,
        line: &Line<'_>,
        report: &mut Report,
    ) -> Result<Option<Id<Category>>, Problem> {
        match self.find(line) {
            Ok(Some(known)) => {
                self.pass_over(line);
                return Ok(Some(known));
            }
            Ok(None) => {}
            Err(fault) => {
                report.mistake(line.record, Some("category"), fault);
                return Ok(None);
            }
        }
        let made = line.new_category().run(uow).await?;
        report.made("categories", 1);
        for text in [line.category(), line.category_code.as_str()] {
            self.by_text.insert(text.to_owned(), vec![made.id]);
        }
        Ok(Some(made.id))
    }

    /// Counts a row whose category has its names already.
    pub(super) fn pass_over(&mut self, line: &Line<'_>) {
        let names = ["category_name", "category_name_en"];
        if names.iter().any(|key| line.record.states(key)) {
            self.unread_names += 1;
        }
    }

    /// Says what was not looked at.
    pub(super) fn tell(&self, report: &mut Report) {
        let count = self.unread_names;
        if count > 0 {
            report.remark(
                format!("{count} 行的分类已存在，其“分类名称”未作比较"),
                format!(
                    "the category of {count} row(s) was there already; its names were not compared"
                ),
            );
        }
    }
}
