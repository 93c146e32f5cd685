//! Files of catalogue entries.
//!
//! **Invariant.** Rows that name one item are one item: each may add a pack, none may contradict
//! another or what is known already. A category that is not there yet is made.

mod read;

use std::collections::BTreeMap;

use domain::{
    catalogue::{ItemCode, Pack, Units},
    kernel::{Id, NameKey, Text, kinds::Category},
};

use crate::{
    catalogue,
    exchange::{
        columns::{ColumnSpec, Kind},
        intake::Record,
        report::Report,
    },
    problem::{Fault, Problem},
    uow::{Command, Uow},
};

use self::read::Line;
use super::{Ground, directory::Directory, row::differs};

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
    let lines = unknown(uow, lines, ground, report).await?;
    let groups = grouped(lines, report);
    let mut categories = Categories::read(uow, &groups).await?;
    for group in groups {
        let (first, packs) = (&group.first, group.packs);
        group.rows.iter().for_each(|_| ground.progress.advance());
        let category = match categories.of(uow, first, report).await {
            Ok(category) => category,
            Err(problem) => {
                report.refused(first.record, problem)?;
                continue;
            }
        };
        let Ok(units) = Units::new(first.base_unit.clone(), packs) else {
            let fault = Fault::new(
                "repeated",
                "包装与基本单位重名，或包装过多",
                "a pack is called like the base unit, or there are too many",
            );
            report.mistake(first.record, Some("pack"), fault);
            continue;
        };
        match first.command(category, units).run(uow).await {
            Ok(_) => report.made("items", 1),
            Err(problem) => report.refused(first.record, problem)?,
        }
    }
    Ok(())
}

// Rows of items that are known are compared with them and go no further.
async fn unknown<'a>(
    uow: &Uow<'_>,
    lines: Vec<Line<'a>>,
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<Vec<Line<'a>>, Problem> {
    let texts = lines.iter().flat_map(Line::keys);
    let found = catalogue::find_items(uow.db(), texts).await?;
    let ids: Vec<_> = found.values().flatten().copied().collect();
    let facts = catalogue::item_facts(uow.db(), &ids).await?;
    let mut unknown = Vec::new();
    for line in lines {
        let known = line.keys().find_map(|key| {
            let id = found.get(key)?.first()?;
            Some((key, facts.get(id)?))
        });
        match known {
            Some((key, facts)) => {
                ground.progress.advance();
                // Found by its name or an alias, it may be called so; found by a code, it may not.
                let is_by_name = key == line.name.as_str();
                let name = (!is_by_name).then_some(facts.name.as_str());
                line.compare(name, &facts.units, report);
            }
            None => unknown.push(line),
        }
    }
    Ok(unknown)
}

/// The rows of one item.
struct Group<'a> {
    first: Line<'a>,
    packs: Vec<Pack>,
    rows: Vec<&'a Record>,
}

fn grouped<'a>(lines: Vec<Line<'a>>, report: &mut Report) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut known: BTreeMap<NameKey, usize> = BTreeMap::new();
    let mut codes: BTreeMap<ItemCode, String> = BTreeMap::new();
    for line in lines {
        let name = NameKey::of(line.name.as_str());
        if let Some(other) = line.codes.iter().find_map(|code| codes.get(code))
            && NameKey::of(other) != name
        {
            let fault = differs(line.name.as_str(), other);
            report.mistake(line.record, Some("name"), fault);
            continue;
        }
        let coded = line.codes.iter().cloned();
        codes.extend(coded.map(|code| (code, line.name.to_string())));
        if let Some(&index) = known.get(&name) {
            let group = &mut groups[index];
            group.rows.push(line.record);
            line.join(group, report);
        } else {
            known.insert(name, groups.len());
            groups.push(Group {
                packs: line.pack.iter().cloned().collect(),
                rows: vec![line.record],
                first: line,
            });
        }
    }
    groups
}

impl Line<'_> {
    // Joins a row to the item that an earlier row began.
    fn join(self, group: &mut Group<'_>, report: &mut Report) {
        let first = &group.first;
        if self.code != first.code && self.code.is_some() {
            let known = first.code.as_ref().map_or("-", Text::as_str);
            let given = self.code.as_ref().map_or("-", Text::as_str);
            report.mistake(self.record, Some("code"), differs(given, known));
        } else if self.base_unit != first.base_unit {
            let (given, known) = (self.base_unit.as_str(), first.base_unit.as_str());
            report.mistake(self.record, Some("base_unit"), differs(given, known));
        } else if let Some(pack) = self.pack {
            match group.packs.iter().find(|known| known.name() == pack.name()) {
                Some(known) if known.base_units() == pack.base_units() => report.unchanged(),
                Some(known) => {
                    let (given, known) = (pack.base_units(), known.base_units());
                    let fault = differs(&given.to_string(), &known.to_string());
                    report.mistake(self.record, Some("pack_quantity"), fault);
                }
                None => group.packs.push(pack),
            }
        } else {
            report.unchanged();
        }
    }

    // Compares a row with an item that is known.
    fn compare(&self, name: Option<&str>, units: &Units, report: &mut Report) {
        if let Some(name) = name
            && NameKey::of(name) != NameKey::of(self.name.as_str())
        {
            let fault = differs(self.name.as_str(), name);
            return report.mistake(self.record, Some("name"), fault);
        }
        if units.base() != &self.base_unit {
            let fault = differs(self.base_unit.as_str(), units.base().as_str());
            return report.mistake(self.record, Some("base_unit"), fault);
        }
        let Some(pack) = &self.pack else {
            return report.unchanged();
        };
        match units.size_of(pack.name().as_str()) {
            Some(size) if size == pack.base_units() => report.unchanged(),
            size => {
                let known = size.map_or_else(|| "-".to_owned(), |size| size.to_string());
                let fault = differs(&pack.base_units().to_string(), &known);
                report.mistake(self.record, Some("pack_quantity"), fault);
            }
        }
    }
}

/// The categories that the file names, and those made for it.
struct Categories(BTreeMap<String, Id<Category>>);

impl Categories {
    async fn read(uow: &Uow<'_>, groups: &[Group<'_>]) -> Result<Self, Problem> {
        let texts = groups
            .iter()
            .flat_map(|group| [group.first.category(), group.first.category_code.as_str()]);
        let found = catalogue::find_categories(uow.db(), texts).await?;
        let only = found
            .into_iter()
            .filter_map(|(text, ids)| Some((text, *ids.first()?)));
        Ok(Self(only.collect()))
    }

    async fn of(
        &mut self,
        uow: &mut Uow<'_>,
        line: &Line<'_>,
        report: &mut Report,
    ) -> Result<Id<Category>, Problem> {
        let (text, code) = (line.category(), line.category_code.as_str());
        if let Some(known) = self.0.get(text).or_else(|| self.0.get(code)) {
            return Ok(*known);
        }
        let made = line.new_category().run(uow).await?;
        report.made("categories", 1);
        self.0.insert(text.to_owned(), made.id);
        self.0.insert(code.to_owned(), made.id);
        Ok(made.id)
    }
}
