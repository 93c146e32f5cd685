//! Files of catalogue entries.
//!
//! **Invariant.** Rows about one item are one item: each may add a pack, none may contradict another
//! or what is known already. A row with a code is about the item of that code, whatever it is
//! called. A category that is not there yet is made.

mod categories;
mod known;
mod read;

use domain::catalogue::{Pack, Units};

use crate::{
    catalogue::{self, CreateItem},
    exchange::{
        columns::{ColumnSpec, Kind},
        intake::Record,
        report::{Report, met_meanwhile},
    },
    problem::{Fault, Problem},
    uow::Uow,
};

use self::{
    categories::Categories,
    known::{About, Known},
    read::Line,
};
use super::{
    Ground,
    directory::Directory,
    row::{differs, repeats},
};

/// Under which code list the column `code` is kept.
const OWN_CODES: &str = "local";
/// The category of rows that name none.
const NO_CATEGORY: (&str, &str, &str) = ("other", "其他", "other");

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::optional(
        "code",
        &["物资编码", "Item code", "编码", "代码"],
        Kind::Text(64),
    )
    .example("family-pack")
    .note("本单位自己的编码", "the society's own code"),
    ColumnSpec::optional(
        "category",
        &["分类", "Category", "类别", "category_code"],
        Kind::Text(200),
    )
    .example("成套物资")
    .note(
        "代码或名称；没有则新建；不填则归入“其他”",
        "its code or name; made if it is not there; `other` if blank",
    ),
    ColumnSpec::optional(
        "category_name",
        &["分类名称", "Category name"],
        Kind::Text(200),
    )
    .note("新建分类的名称", "the name of a category that is made"),
    ColumnSpec::optional(
        "category_name_en",
        &["分类英文名称", "English category name"],
        Kind::Text(200),
    ),
    ColumnSpec::required(
        "name",
        &["物资名称", "Name", "名称", "品名", "Item name"],
        Kind::Text(200),
    )
    .example("家庭包"),
    ColumnSpec::optional("name_en", &["英文名称", "English name"], Kind::Text(200)),
    ColumnSpec::optional("aliases", &["别名", "Aliases"], Kind::Text(500))
        .note("以分号分隔", "divided by semicolons"),
    ColumnSpec::optional(
        "specification",
        &["规格", "Specification", "规格型号"],
        Kind::Text(500),
    ),
    ColumnSpec::required(
        "base_unit",
        &["基本单位", "Base unit", "单位", "计量单位"],
        Kind::Text(16),
    )
    .example("个")
    .note("以后不可更改", "never changed afterwards"),
    ColumnSpec::optional("pack", &["包装", "Pack", "包装单位"], Kind::Text(16)).example("箱"),
    ColumnSpec::optional(
        "pack_quantity",
        &["包装数量", "Pack quantity", "每包装数量"],
        Kind::Whole,
    )
    .example("10")
    .note("每个包装含多少基本单位", "how many base units a pack holds"),
    ColumnSpec::optional("weight_g", &["重量克", "Weight g"], Kind::Whole)
        .note("每个基本单位，克", "of one base unit, in grams"),
    ColumnSpec::optional("volume_ml", &["体积毫升", "Volume ml"], Kind::Whole)
        .note("每个基本单位，毫升", "of one base unit, in millilitres"),
    ColumnSpec::optional(
        "shelf_life_days",
        &["保质期天", "Shelf life days", "保质期"],
        Kind::Whole,
    )
    .note("天", "days"),
    ColumnSpec::optional("ifrc_code", &["IFRC 编码", "IFRC code"], Kind::Text(64)),
    ColumnSpec::optional("gtin", &["商品条码", "GTIN", "条码"], Kind::Text(64)),
    ColumnSpec::optional("gbt38565", &["国标编码", "GB/T 38565"], Kind::Text(64))
        .note("GB/T 38565，7 位", "GB/T 38565, 7 digits"),
    ColumnSpec::optional("is_kit", &["套装", "Kit", "是否套装"], Kind::Flag)
        .note("不填则为否", "no if blank"),
    ColumnSpec::optional("organisation", &["维护单位", "Kept by"], Kind::Text(200)).note(
        "代码或名称；不填则为导入归属单位",
        "its code or name; the importing organisation if blank",
    ),
];

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let tree = Directory::read(uow).await?;
    let mut lines = Vec::new();
    for record in records {
        match Line::read(record, &tree, ground, report) {
            Some(line) => lines.push(line),
            None => ground.progress.advance(),
        }
    }
    let mut categories = Categories::read(uow, &lines).await?;
    let mut known = Known::read(uow, &lines).await?;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in lines {
        match known.about(&line, groups.len()) {
            Ok(About::Item(item)) => {
                ground.progress.advance();
                categories.pass_over(&line);
                known.compare(&line, item, &categories, &tree, report);
            }
            Ok(About::Group(number)) => {
                let group = &mut groups[number];
                group.rows += 1;
                line.join(group, report);
            }
            Ok(About::New) => groups.push(Group {
                packs: line.pack.iter().cloned().collect(),
                rows: 1,
                first: line,
            }),
            Err((column, fault)) => {
                ground.progress.advance();
                report.mistake(line.record, Some(column), fault);
            }
        }
    }
    create(uow, &groups, &mut categories, report).await?;
    let rows: usize = groups.iter().map(|group| group.rows).sum();
    (0..rows).for_each(|_| ground.progress.advance());
    categories.tell(report);
    Ok(())
}

/// The rows of one new item.
struct Group<'a> {
    first: Line<'a>,
    packs: Vec<Pack>,
    rows: usize,
}

async fn create(
    uow: &mut Uow<'_>,
    groups: &[Group<'_>],
    categories: &mut Categories,
    report: &mut Report,
) -> Result<(), Problem> {
    let (mut items, mut records) = (Vec::new(), Vec::new());
    for group in groups {
        if let Some(item) = judge(uow, group, categories, report).await? {
            items.push(item);
            records.push(group.first.record);
        }
    }
    let created = catalogue::create_items(uow, &items).await;
    let answers = created.map_err(met_meanwhile)?;
    for (record, answer) in records.into_iter().zip(answers) {
        match answer {
            Ok(()) => report.made("items", 1),
            Err(problem) => report.refused(record, problem)?,
        }
    }
    Ok(())
}

// The new item of a group, or what is wrong with it in the report.
async fn judge(
    uow: &mut Uow<'_>,
    group: &Group<'_>,
    categories: &mut Categories,
    report: &mut Report,
) -> Result<Option<CreateItem>, Problem> {
    let first = &group.first;
    let category = match categories.of(uow, first, report).await {
        Ok(Some(category)) => category,
        Ok(None) => return Ok(None),
        Err(problem) => {
            report.refused(first.record, problem)?;
            return Ok(None);
        }
    };
    let Ok(units) = Units::new(first.base_unit.clone(), group.packs.clone()) else {
        let fault = Fault::new(
            "repeated",
            "包装与基本单位重名，或包装过多",
            "a pack is called like the base unit, or there are too many",
        );
        report.mistake(first.record, Some("pack"), fault);
        return Ok(None);
    };
    Ok(Some(first.item(category, units)))
}

impl Line<'_> {
    // Joins a row to the item that an earlier row began.
    fn join(self, group: &mut Group<'_>, report: &mut Report) {
        let packs = ["pack", "pack_quantity"];
        if !repeats(self.record, group.first.record, &packs, report) {
            return;
        }
        let Some(pack) = self.pack else {
            return report.unchanged();
        };
        match group.packs.iter().find(|known| known.name() == pack.name()) {
            Some(known) if known.base_units() == pack.base_units() => report.unchanged(),
            Some(known) => {
                let (given, known) = (pack.base_units(), known.base_units());
                let fault = differs(&given.to_string(), &known.to_string());
                report.mistake(self.record, Some("pack_quantity"), fault);
            }
            None => group.packs.push(pack),
        }
    }
}
