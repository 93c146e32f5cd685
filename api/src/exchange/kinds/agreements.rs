//! Files of agreements: what suppliers promised, one item to a row.
//!
//! **Invariant.** Rows of one number and one society are one agreement, and say the same of it. It is
//! written with all its items or not at all: a row that is wrong spoils the others of its agreement. One
//! that is known is never changed by a file.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use domain::kernel::{
    Id, Text,
    kinds::{Item, Organisation},
};

use super::{
    Ground,
    directory::Directory,
    goods::Goods,
    index::Index,
    row::{Comparison, NOTHING, repeats},
};
use crate::{
    agreements::{AgreedLine, CreateAgreement, Numbered, Terms, Wanted, numbered},
    depots::{self, DepotSelection},
    exchange::{
        columns::{ColumnSpec, Kind},
        intake::Record,
        report::Report,
    },
    problem::{Fault, Problem},
    scope::Scope,
    uow::Uow,
};

/// Items that an agreement has at most, as over the API.
const LINES_MAX: usize = 200;

/// What rows of one agreement may say differently.
const OF_LINES: &[&str] = &[
    "item",
    "quantity",
    "unit",
    "response_h",
    "price",
    "currency",
];

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::required(
        "number",
        &["协议编号", "Number", "协议文号", "合同编号"],
        Kind::Text(64),
    )
    .example("XY-2026-003")
    .note(
        "同一编号的各行为同一协议",
        "rows of one number are one agreement",
    ),
    ColumnSpec::optional(
        "organisation",
        &["签约单位", "Organisation", "甲方"],
        Kind::Text(200),
    )
    .note(
        "代码或名称；不填则为导入归属单位",
        "its code or name; the importing organisation if blank",
    ),
    ColumnSpec::required(
        "supplier",
        &["供应商", "Supplier", "供货单位", "乙方"],
        Kind::Text(200),
    )
    .example("绍兴纺织厂")
    .note("合作单位的代码或名称", "the code or name of a partner body"),
    ColumnSpec::required(
        "first_day",
        &["起始日", "First day", "生效日期", "开始日期"],
        Kind::Date,
    )
    .example("2026-01-01"),
    ColumnSpec::optional(
        "last_day",
        &["终止日", "Last day", "到期日", "结束日期"],
        Kind::Date,
    )
    .example("2028-12-31")
    .note("不填则无期限", "without an end if blank"),
    ColumnSpec::required(
        "item",
        &["物资", "Item", "品名", "物资名称"],
        Kind::Text(200),
    )
    .example("棉被")
    .note("编码、名称或别名", "a code, a name or an alias"),
    ColumnSpec::required(
        "quantity",
        &["承诺数量", "Quantity", "数量", "协议数量"],
        Kind::Whole,
    )
    .example("500")
    .note("协议期内合计", "over the whole term"),
    ColumnSpec::optional("unit", &["单位", "Unit", "计量单位"], Kind::Text(16))
        .example("床")
        .note(
            "基本单位或包装；不填则为基本单位",
            "the base unit or a pack; the base unit if blank",
        ),
    ColumnSpec::required(
        "response_h",
        &["响应小时", "Response hours", "响应时间"],
        Kind::Whole,
    )
    .example("24")
    .note(
        "从要货到备妥可发，0 到 8760",
        "hours from the call until the goods stand ready, 0 to 8760",
    ),
    ColumnSpec::optional("price", &["协议单价", "Price", "单价"], Kind::Decimal)
        .example("58.5")
        .note("每个基本单位", "of one base unit"),
    ColumnSpec::optional("currency", &["币种", "Currency"], Kind::Text(3))
        .example("CNY")
        .note("不填则为 CNY", "CNY if blank"),
    ColumnSpec::optional("depot", &["供货库点", "Depot", "出货库"], Kind::Text(200)).note(
        "供应商库点的代码或名称",
        "the code or name of a depot that a supplier runs",
    ),
    ColumnSpec::optional(
        "division_code",
        &["区划代码", "Division code", "行政区划代码"],
        Kind::Text(12),
    )
    .example("330602"),
    ColumnSpec::optional("contact", &["联系人", "Contact"], Kind::Text(64)).example("王厂长"),
    ColumnSpec::optional("phone", &["联系电话", "Phone", "电话"], Kind::Text(32))
        .example("0575-8000 0000"),
    ColumnSpec::optional("note", &["备注", "Note", "说明"], Kind::Text(500)),
];

// A row that says what a supplier promised of one item.
struct Line<'a> {
    record: &'a Record,
    organisation: Id<Organisation>,
    supplier: Id<Organisation>,
    number: Text<64>,
    terms: Terms,
    item: Id<Item>,
    // In base units.
    quantity: i64,
    agreed: AgreedLine,
}

// What rows may refer to.
struct References {
    bodies: Directory,
    goods: Goods,
    depots: Index<Id<domain::kernel::kinds::Depot>>,
}

impl References {
    async fn read(uow: &Uow<'_>, records: &[Record]) -> Result<Self, Problem> {
        let suppliers = DepotSelection {
            operations: Some(vec![domain::depots::Operation::Supplier]),
            ..DepotSelection::default()
        };
        let mut depots = Index::default();
        // A supplier's depot is everybody's to name.
        let found = depots::depots_where(uow.db(), &Scope::Everything, &suppliers).await?;
        for depot in found {
            depots.insert(&depot.code, &depot.name, depot.id);
        }
        Ok(Self {
            // So are suppliers: a county calls those of its province.
            bodies: Directory::of_owners(uow).await?,
            goods: Goods::read(uow, records).await?,
            depots,
        })
    }
}

// Whose agreement a row says it is of, as it is written there.
fn called(record: &Record) -> (Option<&str>, Option<&str>) {
    (record.text("organisation"), record.text("number"))
}

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let references = References::read(uow, records).await?;
    let mut agreements: BTreeMap<_, Vec<Line<'_>>> = BTreeMap::new();
    let mut spoiled = BTreeSet::new();
    for record in records {
        ground.progress.advance();
        match read::read(record, &references, ground, report) {
            Some(line) => {
                let key = (line.organisation, line.number.to_string());
                agreements.entry(key).or_default().push(line);
            }
            None => {
                spoiled.insert(called(record));
            }
        }
    }
    let numbers: BTreeSet<_> = agreements
        .keys()
        .map(|(_, number)| number.as_str())
        .collect();
    let numbers: Vec<_> = numbers.into_iter().collect();
    let known = numbered(uow.db(), &numbers).await?;
    for (key, lines) in &agreements {
        if let Some(known) = known.get(key) {
            for line in lines {
                compare(line, known, &references.bodies, report);
            }
        } else if lines
            .iter()
            .any(|line| spoiled.contains(&called(line.record)))
        {
            report.mistake(lines[0].record, Some("number"), incomplete());
        } else {
            create(uow, lines, report).await?;
        }
    }
    Ok(())
}

async fn create(uow: &Uow<'_>, lines: &[Line<'_>], report: &mut Report) -> Result<(), Problem> {
    let [first, others @ ..] = lines else {
        return Ok(());
    };
    let mut items = BTreeSet::from([first.item]);
    let mut is_one = true;
    for line in others {
        is_one &= repeats(line.record, first.record, OF_LINES, report);
        if !items.insert(line.item) {
            report.mistake(line.record, Some("item"), repeated());
            is_one = false;
        }
    }
    if lines.len() > LINES_MAX {
        report.mistake(first.record, Some("number"), too_many());
        is_one = false;
    }
    if !is_one {
        return Ok(());
    }
    let agreement = CreateAgreement {
        id: None,
        organisation: first.organisation,
        supplier: first.supplier,
        number: first.number.clone(),
        terms: first.terms.clone(),
        lines: lines.iter().map(|line| line.agreed.clone()).collect(),
    };
    match agreement.write(uow).await {
        Ok(_) => {
            report.made("agreements", 1);
            Ok(())
        }
        Err(problem) => report.refused(first.record, problem),
    }
}

// A known agreement is not changed by a file: it says the same, or it is refused.
fn compare(line: &Line<'_>, known: &Numbered, bodies: &Directory, report: &mut Report) {
    let mut comparison = Comparison::new(line.record, report);
    let is_theirs = line.supplier == known.supplier;
    comparison.cell("supplier", is_theirs, bodies.name(known.supplier));
    let (first, last) = (line.terms.term.first(), line.terms.term.last());
    let known_first = known.first_day.to_string();
    comparison.cell("first_day", first == known.first_day, Some(&known_first));
    let known_last = known.last_day.map(|day| day.to_string());
    comparison.cell("last_day", last == known.last_day, known_last.as_deref());
    match known.lines.get(&line.item) {
        None => comparison.note("item", not_agreed()),
        Some(agreed) => {
            let quantity = agreed.quantity.to_string();
            comparison.cell(
                "quantity",
                line.quantity == agreed.quantity,
                Some(&quantity),
            );
            let hours = agreed.response_h.to_string();
            let is_so = i64::from(line.agreed.response_h) == agreed.response_h;
            comparison.cell("response_h", is_so, Some(&hours));
            let price = agreed
                .price
                .map(|price| price.amount().normalize().to_string());
            let is_so = line.agreed.price == agreed.price;
            comparison.cell("price", is_so, Some(price.as_deref().unwrap_or(NOTHING)));
        }
    }
    comparison.finish();
}

fn repeated() -> Fault {
    Fault::new(
        "repeated",
        "同一协议中同一物资只列一行",
        "an item has one row in an agreement",
    )
}

fn too_many() -> Fault {
    Fault::new(
        "too-many",
        format!("一份协议最多 {LINES_MAX} 种物资"),
        format!("an agreement has {LINES_MAX} items at most"),
    )
}

fn incomplete() -> Fault {
    Fault::new(
        "incomplete",
        "该协议有其他行出错，整份协议不导入",
        "another row of the agreement is wrong, so none of it is imported",
    )
}

fn not_agreed() -> Fault {
    Fault::new(
        "not-agreed",
        "该协议已登记且没有这种物资，请在协议中修改",
        "the agreement is known and has no such item; change the agreement itself",
    )
}
