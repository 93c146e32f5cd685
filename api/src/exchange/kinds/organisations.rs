//! Files of societies and partner bodies.
//!
//! **Invariant.** Parents are written before their children, whatever their order in the file. A row
//! that says what is known already changes nothing; one that contradicts it in any cell is refused.

use domain::{
    kernel::{Id, NameKey, Text, kinds::Organisation},
    organisations::{Body, DivisionCode},
};

use crate::{
    exchange::{
        columns::{Choice, ColumnSpec, Kind},
        intake::Record,
        report::{Report, met_meanwhile},
    },
    organisations::{CreateOrganisation, Plants},
    problem::{Fault, Problem},
    uow::Uow,
};

use super::{
    Ground,
    directory::{Directory, Known},
    index::About,
    row::{Comparison, Row, code_of, prefix},
};

const CODE_MAX: usize = 32;

/// What bodies are, as files call them; a partner has no level.
pub(crate) const BODIES: &[Choice] = &[
    Choice {
        key: "national",
        zh: "总会",
        en: "National",
    },
    // As lists that were written say it.
    SOCIETIES[0],
    SOCIETIES[1],
    SOCIETIES[2],
    SOCIETIES[3],
    SOCIETIES[4],
    Choice {
        key: "partner",
        zh: "合作单位",
        en: "Partner",
    },
];

/// The levels of societies and depots, as files call them.
pub(crate) const SOCIETIES: &[Choice] = &[
    Choice {
        key: "national",
        zh: "国家级",
        en: "National",
    },
    Choice {
        key: "provincial",
        zh: "省级",
        en: "Provincial",
    },
    Choice {
        key: "municipal",
        zh: "市级",
        en: "Municipal",
    },
    Choice {
        key: "county",
        zh: "县级",
        en: "County",
    },
    Choice {
        key: "township",
        zh: "乡级",
        en: "Township",
    },
];

pub(crate) const COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::optional(
        "code",
        &["单位代码", "Code", "代码", "编码"],
        Kind::Text(CODE_MAX),
    )
    .example("330203")
    .note(
        "全系统唯一；不填则由名称生成",
        "unique; made of the name if blank",
    ),
    ColumnSpec::required(
        "name",
        &["单位名称", "Name", "名称", "单位"],
        Kind::Text(200),
    )
    .example("海曙区红十字会"),
    ColumnSpec::optional("name_en", &["英文名称", "English name"], Kind::Text(200)),
    ColumnSpec::required("level", &["级别", "Level", "层级"], Kind::Choice(BODIES)).example("县级"),
    ColumnSpec::optional("parent", &["上级单位", "Parent", "上级"], Kind::Text(200))
        .example("宁波市红十字会")
        .note(
            "上级的代码或名称；不填则为导入归属单位",
            "its code or name; the importing organisation if blank",
        ),
    ColumnSpec::optional(
        "division_code",
        &["区划代码", "Division code", "行政区划代码"],
        Kind::Text(12),
    )
    .example("330203"),
];

struct Line<'a> {
    record: &'a Record,
    code: Text<CODE_MAX>,
    name: Text<200>,
    name_en: Option<Text<200>>,
    body: Body,
    parent: Option<&'a str>,
    division: Option<DivisionCode>,
}

pub(super) async fn write(
    uow: &mut Uow<'_>,
    records: &[Record],
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let mut tree = Directory::read(uow).await?;
    let mut roll = tree.roll();
    let (mut waiting, mut known) = (Vec::new(), Vec::new());
    for record in records {
        let Some(line) = read(record, report) else {
            ground.progress.advance();
            continue;
        };
        match roll.about(record, line.code.as_str(), line.name.as_str(), report) {
            About::New => waiting.push(line),
            About::Known(number) => known.push((line, number)),
            About::Settled => ground.progress.advance(),
        }
    }
    for (line, number) in known {
        compare(&line, tree.numbered(number), &tree, report);
        ground.progress.advance();
    }
    create_all(uow, waiting, &mut tree, ground, report).await
}

// Each round takes those whose parent is known by now; a round that takes none is the last.
async fn create_all(
    uow: &mut Uow<'_>,
    mut waiting: Vec<Line<'_>>,
    tree: &mut Directory,
    ground: Ground<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    let parents = waiting
        .iter()
        .filter_map(|line| parent(line, tree, ground).ok()?);
    let divisions = waiting.iter().filter_map(|line| line.division);
    let mut plants = Plants::among(uow, parents, divisions).await?;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut left = Vec::new();
        for line in waiting {
            match parent(&line, tree, ground) {
                Ok(parent) => {
                    ground.progress.advance();
                    match plants.add(uow, &line.organisation(parent)) {
                        Ok(made) => {
                            report.made("organisations", 1);
                            tree.add(made)?;
                        }
                        Err(problem) => report.refused(line.record, problem)?,
                    }
                }
                Err(fault) => left.push((line, fault)),
            }
        }
        if left.len() == before {
            for (line, fault) in left {
                report.mistake(line.record, Some("parent"), fault);
                ground.progress.advance();
            }
            break;
        }
        waiting = left.into_iter().map(|(line, _)| line).collect();
    }
    plants.write(uow).await.map_err(met_meanwhile)
}

fn read<'a>(record: &'a Record, report: &mut Report) -> Option<Line<'a>> {
    let mut row = Row::new(record, report);
    let name: Option<Text<200>> = row.name("name");
    let code = match row.raw("code") {
        Some(_) => row.text("code"),
        None => name
            .as_ref()
            .and_then(|name| row.take("name", Text::new(&code_of(name.as_str(), CODE_MAX)))),
    };
    let name_en = row.text("name_en");
    let body = row.parse("level");
    let division = row.parse("division_code");
    let parent = row.raw("parent");
    let line = (|| {
        Some(Line {
            record,
            code: code?,
            name: name?,
            name_en,
            body: body?,
            parent,
            division,
        })
    })();
    row.finish(line)
}

fn compare(line: &Line<'_>, known: &Known, tree: &Directory, report: &mut Report) {
    let mut comparison = Comparison::new(line.record, report);
    let is_named = NameKey::of(&known.name) == NameKey::of(line.name.as_str());
    comparison.cell("name", is_named, Some(&known.name));
    let name_en = known.name_en.as_deref();
    let is_named = line.name_en.as_ref().map(Text::as_str) == name_en;
    comparison.cell("name_en", is_named, name_en);
    comparison.cell("level", line.body == known.body, Some(known.body.name()));
    let is_there = prefix(line.division.as_ref()) == prefix(known.division.as_ref());
    let division = known.division.as_ref().map(DivisionCode::as_str);
    comparison.cell("division_code", is_there, division);
    if let Some(given) = line.parent
        && comparison.states("parent")
    {
        match tree.find(given) {
            Ok(above) => {
                let is_above = known.parent == Some(above.id);
                let parent = known.parent.and_then(|parent| tree.name(parent));
                comparison.cell("parent", is_above, parent);
            }
            Err(fault) => comparison.note("parent", fault),
        }
    }
    comparison.finish();
}

fn parent(
    line: &Line<'_>,
    tree: &Directory,
    ground: Ground<'_>,
) -> Result<Option<Id<Organisation>>, Fault> {
    let Some(given) = line.parent else {
        return Ok(ground.organisation);
    };
    let found = tree.find(given)?;
    if tree.reaches(found.id) {
        Ok(Some(found.id))
    } else {
        Err(Directory::beyond_reach(given))
    }
}

impl Line<'_> {
    fn organisation(&self, parent: Option<Id<Organisation>>) -> CreateOrganisation {
        CreateOrganisation {
            id: None,
            code: self.code.clone(),
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            body: self.body,
            parent,
            division: self.division,
        }
    }
}
