//! Which column is which: what we ask for, and how a foreign header is matched to it.
//!
//! **Invariant.** A header cell means at most one column and a column has at most one header cell;
//! what matches nothing is never read by position.

mod words;

use super::{
    clean::{self, day},
    fault::Fault,
    mapping::Mapping,
    sheet::{Cell, CellRef, DateSystem, Row},
    value::Value,
};

/// The longest text that a column takes if it sets no other limit, in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 500;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text of at most so many characters. Codes are text.
    Text(usize),
    /// A whole number.
    Whole,
    /// An exact decimal.
    Decimal,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
    /// One of a closed list; becomes the text of its key.
    Choice(&'static [Choice]),
}

/// One value of a closed list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    /// Its name in code, which is also accepted.
    pub(crate) key: &'static str,
    /// Its Chinese name.
    pub(crate) zh: &'static str,
    /// Its English name.
    pub(crate) en: &'static str,
}

/// A column that we ask for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnSpec {
    /// Its name in code, which is also accepted as a header.
    pub(crate) key: &'static str,
    /// The Chinese name, the English name, then aliases.
    pub(crate) names: &'static [&'static str],
    /// What it holds.
    pub(crate) kind: Kind,
    /// Whether every row must have it.
    pub(crate) required: bool,
    /// A value to show in the template.
    pub(crate) example: &'static str,
    /// What the template says of it in Chinese and in English.
    pub(crate) notes: [&'static str; 2],
}

impl ColumnSpec {
    /// A column that may be blank.
    pub(crate) const fn optional(
        key: &'static str,
        names: &'static [&'static str],
        kind: Kind,
    ) -> Self {
        Self {
            key,
            names,
            kind,
            required: false,
            example: "",
            notes: ["", ""],
        }
    }

    /// A column that every row must have.
    pub(crate) const fn required(
        key: &'static str,
        names: &'static [&'static str],
        kind: Kind,
    ) -> Self {
        Self {
            required: true,
            ..Self::optional(key, names, kind)
        }
    }

    /// With an example for the template.
    pub(crate) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// With a note for the template, in Chinese and in English.
    pub(crate) const fn note(self, zh: &'static str, en: &'static str) -> Self {
        Self {
            notes: [zh, en],
            ..self
        }
    }

    /// Whether a normalised header means this column.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let written = self.names.iter().copied().chain(words::of(self.name()));
        std::iter::once(self.key)
            .chain(written)
            .any(|one| normalised(one) == name)
    }

    /// The name that people see first.
    pub(crate) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or(self.key)
    }

    /// Reads a cell that is not empty as this column's kind.
    ///
    /// # Errors
    /// [`Fault`] for what is not of that kind.
    pub(crate) fn read(
        &self,
        cell: &Cell,
        dates: DateSystem,
        order: day::DateOrder,
    ) -> Result<Value, Fault> {
        Ok(match self.kind {
            Kind::Text(limit) => Value::Text(clean::text(cell, dates, limit)?),
            Kind::Whole => Value::Whole(clean::whole(cell)?),
            Kind::Decimal => Value::Decimal(clean::decimal(cell)?),
            Kind::Date => Value::Date(day::date(cell, dates, order)?),
            Kind::Flag => Value::Flag(clean::flag(cell, dates)?),
            Kind::Choice(choices) => {
                let given = clean::text(cell, dates, TEXT_CHARS_MAX)?;
                Value::Text(choice(choices, given)?.to_owned())
            }
        })
    }
}

fn choice(choices: &'static [Choice], given: String) -> Result<&'static str, Fault> {
    let name = normalised(&given);
    choices
        .iter()
        .find(|choice| {
            [choice.key, choice.zh, choice.en]
                .map(normalised)
                .contains(&name)
        })
        .map(|choice| choice.key)
        .ok_or_else(|| {
            let names: Vec<&str> = choices.iter().flat_map(|one| [one.zh, one.en]).collect();
            Fault::NotAChoice {
                given,
                allowed: names.join(", "),
            }
        })
}

/// A name without what people write differently: case, blanks, width and punctuation.
pub(crate) fn normalised(name: &str) -> String {
    clean::tidy_figure(name)
        .to_lowercase()
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect()
}

// "数量（件）" is "数量" where nothing is called "数量件".
fn without_brackets(name: &str) -> String {
    let name = clean::tidy_figure(name);
    match (name.find('('), name.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            normalised(&[&name[..open], &name[close + 1..]].concat())
        }
        _ => normalised(&name),
    }
}

/// A header row, matched.
#[derive(Debug)]
pub(crate) struct Header {
    /// For each column that we ask for, the file's column.
    pub(crate) columns: Vec<Option<u32>>,
    /// What is wrong with it.
    pub(crate) faults: Vec<(Option<CellRef>, Option<&'static str>, Fault)>,
    names: Vec<String>,
}

impl Header {
    /// How many columns a row would name if it were the header.
    pub(crate) fn score(row: &Row, specs: &[ColumnSpec], mapping: &Mapping) -> usize {
        let matched = cells(row).filter_map(|(_, text)| find(text, specs, mapping));
        matched.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Matches a row against the columns that we ask for.
    pub(crate) fn of(row: &Row, specs: &[ColumnSpec], mapping: &Mapping) -> Self {
        let mut header = Self {
            columns: vec![None; specs.len()],
            faults: Vec::new(),
            names: row.cells.iter().map(header_name).collect(),
        };
        for (cell, text) in cells(row) {
            let Some(index) = find(text, specs, mapping) else {
                continue;
            };
            if header.columns[index].is_some() {
                let name = clean::tidy(text);
                header.fault(
                    Some(cell),
                    Some(specs[index].key),
                    Fault::ColumnTwice { name },
                );
            } else {
                header.columns[index] = Some(cell.column);
            }
        }
        header.complete(specs, mapping);
        header
    }

    fn complete(&mut self, specs: &[ColumnSpec], mapping: &Mapping) {
        for (index, spec) in specs.iter().enumerate() {
            let name = spec.name().to_owned();
            match (self.columns[index], mapping.constant(spec.key)) {
                (Some(_), Some(_)) => {
                    self.fault(None, Some(spec.key), Fault::ConstantAndColumn { name });
                }
                (None, None) if spec.required => {
                    self.fault(None, Some(spec.key), Fault::ColumnMissing { name });
                }
                _ => {}
            }
        }
        for header in mapping.headers() {
            if !self.names.contains(&normalised(header)) {
                let header = header.to_owned();
                self.fault(None, None, Fault::MappedHeaderMissing { header });
            }
        }
    }

    fn fault(&mut self, cell: Option<CellRef>, column: Option<&'static str>, fault: Fault) {
        self.faults.push((cell, column, fault));
    }

    /// Whether a row says again what the header says, as printed lists do on every page.
    pub(crate) fn is_repeated_by(&self, row: &Row) -> bool {
        let mut same = 0;
        for column in self.columns.iter().flatten() {
            let cell = row.cell(*column);
            if *cell == Cell::Empty {
                continue;
            }
            let index = usize::try_from(*column).unwrap_or(usize::MAX);
            if self.names.get(index) != Some(&header_name(cell)) {
                return false;
            }
            same += 1;
        }
        same >= 2.min(self.columns.iter().flatten().count())
            && self.columns.iter().flatten().next().is_some()
    }
}

fn header_name(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => normalised(text),
        _ => String::new(),
    }
}

fn cells(row: &Row) -> impl Iterator<Item = (CellRef, &str)> {
    row.cells
        .iter()
        .zip(0_u32..)
        .filter_map(|(cell, column)| match cell {
            Cell::Text(text) => Some((
                CellRef {
                    row: row.number,
                    column,
                },
                text.as_str(),
            )),
            _ => None,
        })
}

fn find(text: &str, specs: &[ColumnSpec], mapping: &Mapping) -> Option<usize> {
    let name = normalised(text);
    if let Some(key) = mapping.column(&name) {
        return specs.iter().position(|spec| Some(spec.key) == key);
    }
    let by = |name: &str| {
        specs.iter().position(|spec| {
            // What the mapping finds elsewhere is not looked for by name.
            !mapping.maps_to(spec.key) && spec.is_called(name)
        })
    };
    by(&name).or_else(|| by(&without_brackets(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[ColumnSpec] = &[
        ColumnSpec::required("item", &["物资", "Item", "品名"], Kind::Text(50)),
        ColumnSpec::required("quantity", &["数量", "Quantity"], Kind::Whole),
        ColumnSpec::optional("expiry", &["有效期至", "Expiry date"], Kind::Date),
    ];

    fn row(number: u32, cells: &[&str]) -> Row {
        Row {
            number,
            cells: cells.iter().map(|text| Cell::text(*text)).collect(),
        }
    }

    #[test]
    fn headers_match_however_they_are_written() {
        let mapping = Mapping::default();
        for (cells, columns) in [
            (
                &["物资", "数量*", "有效期至"][..],
                [Some(0), Some(1), Some(2)],
            ),
            (&["QUANTITY", " item ", "x"], [Some(1), Some(0), None]),
            (
                &["品　名", "数量（件）", "expiry_date"],
                [Some(0), Some(1), Some(2)],
            ),
            (&["Ｉｔｅｍ", "", "quantity"], [Some(0), Some(2), None]),
        ] {
            let header = Header::of(&row(1, cells), SPECS, &mapping);
            assert_eq!(header.columns, columns, "{cells:?}");
            assert!(header.faults.is_empty(), "{:?}", header.faults);
        }
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said_at_once() {
        let header = Header::of(
            &row(3, &["品名", "物资", "备注"]),
            SPECS,
            &Mapping::default(),
        );
        let faults: Vec<_> = header
            .faults
            .iter()
            .map(|(cell, column, fault)| (cell.map(|cell| cell.to_string()), *column, fault.code()))
            .collect();
        assert_eq!(
            faults,
            [
                (Some("B3".to_owned()), Some("item"), "column-twice"),
                (None, Some("quantity"), "column-missing"),
            ]
        );
    }

    #[test]
    fn a_repeated_header_is_known_even_with_gaps() {
        let header = Header::of(
            &row(1, &["物资", "数量", "有效期至"]),
            SPECS,
            &Mapping::default(),
        );
        assert!(header.is_repeated_by(&row(40, &["物资", "数量", "有效期至"])));
        assert!(header.is_repeated_by(&row(40, &["物 资", "数量", ""])));
        assert!(!header.is_repeated_by(&row(40, &["物资", "5", ""])));
        assert!(!header.is_repeated_by(&row(40, &["物资", "", ""])));
    }

    #[test]
    fn choices_are_read_by_any_of_their_names() {
        const LEVELS: &[Choice] = &[
            Choice {
                key: "county",
                zh: "县级",
                en: "County",
            },
            Choice {
                key: "national",
                zh: "国家级",
                en: "National",
            },
        ];
        let spec = ColumnSpec::required("level", &["级别"], Kind::Choice(LEVELS));
        let read = |text| spec.read(&Cell::text(text), DateSystem::From1900, day::DateOrder::Ymd);
        for text in ["县级", "county", " COUNTY "] {
            assert_eq!(read(text), Ok(Value::Text("county".to_owned())), "{text}");
        }
        assert_eq!(read("村级").unwrap_err().code(), "not-a-choice");
    }
}
