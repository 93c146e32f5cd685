//! Which item a row is about, and whether it says of it what is known.
//!
//! **Invariant.** A code names one item in its list of codes; a name that several items share names
//! none. A row with a code that nothing has is about something new, unless an item of its name has
//! no code in that list: then nobody can tell, and the row is refused.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    catalogue::{CodeSystem, ItemCode},
    kernel::{NameKey, Text},
};

use crate::{
    catalogue::{self, ItemView},
    exchange::{
        kinds::{
            directory::Directory,
            row::{Comparison, ambiguous},
        },
        report::Report,
    },
    problem::{Fault, Problem},
    uow::Uow,
};

use super::{
    categories::Categories,
    read::{CODE_COLUMNS, Line},
};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// An item that was known before the file, by its number.
    Item(usize),
    /// A new item that an earlier row began, by the number of its group.
    Group(usize),
    /// A new item.
    New,
}

/// The items that the file names, and those that it has begun.
#[derive(Debug, Default)]
pub(super) struct Known {
    items: Vec<ItemView>,
    codes: BTreeMap<ItemCode, About>,
    systems: BTreeSet<(About, CodeSystem)>,
    names: BTreeMap<NameKey, BTreeSet<About>>,
}

impl Known {
    pub(super) async fn read(uow: &Uow<'_>, lines: &[Line<'_>]) -> Result<Self, Problem> {
        let codes = lines.iter().flat_map(|line| &line.codes);
        let codes: BTreeSet<_> = codes.map(ItemCode::value).collect();
        let names: BTreeSet<_> = lines.iter().map(|line| line.name.as_str()).collect();
        let mut known = Self::default();
        for item in catalogue::items_known_by(uow.db(), &codes, &names).await? {
            let about = About::Item(known.items.len());
            for code in &item.codes {
                let system = code.system.parse().map_err(Problem::internal)?;
                let code = ItemCode::new(system, &code.value).map_err(Problem::internal)?;
                known.add_code(code, about);
            }
            let names = [Some(&item.name), item.name_en.as_ref()];
            for name in names.into_iter().flatten().chain(&item.aliases) {
                known.add_name(name, about);
            }
            known.items.push(item);
        }
        Ok(known)
    }

    fn add_code(&mut self, code: ItemCode, about: About) {
        self.systems.insert((about, code.system().clone()));
        self.codes.insert(code, about);
    }

    fn add_name(&mut self, name: &str, about: About) {
        self.names
            .entry(NameKey::of(name))
            .or_default()
            .insert(about);
    }

    /// Finds out what a row is about; what is new is remembered as the group `next`.
    pub(super) fn about(
        &mut self,
        line: &Line<'_>,
        next: usize,
    ) -> Result<About, (&'static str, Fault)> {
        if let Some(found) = self.by_codes(line)? {
            return Ok(found);
        }
        let named = self.names.get(&NameKey::of(line.name.as_str()));
        let mut named = named.into_iter().flatten().copied();
        if line.codes.is_empty() {
            if let Some(found) = named.next() {
                return match named.next() {
                    None => Ok(found),
                    Some(_) => Err(("name", ambiguous(line.name.as_str()))),
                };
            }
        } else {
            let has_others = |about| {
                let mut systems = line.codes.iter().map(ItemCode::system);
                systems.any(|system| self.systems.contains(&(about, system.clone())))
            };
            if !named.all(has_others) {
                return Err((column(&line.codes[0]), uncoded(&line.name)));
            }
        }
        let about = About::Group(next);
        for code in &line.codes {
            self.add_code(code.clone(), about);
        }
        self.add_name(line.name.as_str(), about);
        Ok(About::New)
    }

    fn by_codes(&self, line: &Line<'_>) -> Result<Option<About>, (&'static str, Fault)> {
        let mut found = None;
        for code in &line.codes {
            match (self.codes.get(code), found) {
                (Some(&one), Some(other)) if one != other => {
                    return Err((column(code), elsewhere(code)));
                }
                (Some(&one), _) => found = Some(one),
                (None, _) => {}
            }
        }
        Ok(found)
    }

    /// Compares what a row states with the item that it is about.
    pub(super) fn compare(
        &self,
        line: &Line<'_>,
        number: usize,
        categories: &Categories,
        tree: &Directory,
        report: &mut Report,
    ) {
        let item = &self.items[number];
        let mut comparison = Comparison::new(line.record, report);
        compare_names(&mut comparison, line, item);
        for (key, system) in CODE_COLUMNS {
            let given = line
                .codes
                .iter()
                .find(|code| code.system().name() == system);
            let of_system = || item.codes.iter().filter(|code| code.system == system);
            let is_same =
                given.is_some_and(|given| of_system().any(|known| known.value == given.value()));
            let known = of_system().next().map(|code| code.value.as_str());
            comparison.cell(key, is_same, known);
        }
        let specification = item.specification.as_deref();
        let given = line.specification.as_ref().map(Text::as_str);
        comparison.cell("specification", given == specification, specification);
        let is_same = line.base_unit.as_str() == item.base_unit;
        comparison.cell("base_unit", is_same, Some(&item.base_unit));
        compare_pack(&mut comparison, line, item);
        let days = line.shelf_life.map(|life| i64::from(life.days()));
        for (key, given, known) in [
            ("weight_g", line.weight_g, item.weight_g),
            ("volume_ml", line.volume_ml, item.volume_ml),
            ("shelf_life_days", days, item.shelf_life_days),
        ] {
            let shown = known.map(|known| known.to_string());
            comparison.cell(key, given == known, shown.as_deref());
        }
        let is_kit = item.kind == "kit";
        let shown = if is_kit { "是" } else { "否" };
        comparison.cell("is_kit", line.is_kit == is_kit, Some(shown));
        let is_theirs = line.organisation == item.organisation_id;
        comparison.cell("organisation", is_theirs, tree.name(item.organisation_id));
        match categories.find(line) {
            Ok(found) if found != Some(item.category_id) && comparison.states("category") => {
                comparison.note("category", in_other_category());
            }
            Err(fault) if comparison.states("category") => comparison.note("category", fault),
            Ok(_) | Err(_) => {}
        }
        comparison.finish();
    }
}

fn compare_names(comparison: &mut Comparison<'_, '_>, line: &Line<'_>, item: &ItemView) {
    let is = |given: &Text<200>, known: &str| NameKey::of(given.as_str()) == NameKey::of(known);
    let mut known_names = item.aliases.iter().chain([&item.name]).chain(&item.name_en);
    // Found by a code it must have the name; without one it was found by the name or an alias.
    let is_named = if line.codes.is_empty() {
        known_names.any(|known| is(&line.name, known))
    } else {
        is(&line.name, &item.name)
    };
    comparison.cell("name", is_named, Some(&item.name));
    let name_en = item.name_en.as_deref();
    let is_named = line
        .name_en
        .as_ref()
        .zip(name_en)
        .is_some_and(|(given, known)| is(given, known));
    comparison.cell("name_en", is_named, name_en);
    let has_all = line
        .aliases
        .iter()
        .all(|given| item.aliases.iter().any(|known| is(given, known)));
    let known = (!item.aliases.is_empty()).then(|| item.aliases.join("; "));
    comparison.cell("aliases", has_all, known.as_deref());
}

fn compare_pack(comparison: &mut Comparison<'_, '_>, line: &Line<'_>, item: &ItemView) {
    let Some(pack) = &line.pack else { return };
    let mut packs = item.packs.iter();
    let known = packs.find(|known| known.name == pack.name().as_str());
    let Some(known) = known else {
        let names: Vec<_> = item.packs.iter().map(|pack| pack.name.as_str()).collect();
        let names = (!names.is_empty()).then(|| names.join("、"));
        return comparison.cell("pack", false, names.as_deref());
    };
    let is_same = known.base_units.0 == pack.base_units();
    comparison.cell(
        "pack_quantity",
        is_same,
        Some(&known.base_units.0.to_string()),
    );
}

fn in_other_category() -> Fault {
    Fault::new(
        "exists",
        "该物资已登记在另一分类",
        "the item is known in another category",
    )
}

// The column that a code came from.
fn column(code: &ItemCode) -> &'static str {
    let name = code.system().name();
    let found = CODE_COLUMNS.iter().find(|(_, system)| *system == name);
    found.map_or("code", |(column, _)| column)
}

fn elsewhere(code: &ItemCode) -> Fault {
    let value = code.value();
    Fault::new(
        "exists",
        format!("编码“{value}”属于另一物资，与本行其他编码不符"),
        format!("the code {value:?} is of another item than the row's other codes"),
    )
}

fn uncoded(name: &Text<200>) -> Fault {
    let name = name.as_str();
    Fault::new(
        "exists",
        format!(
            "已有名为“{name}”而没有此类编码的物资，无法判断是否为同一物资；请先为其登记编码，或在此行改用另一名称"
        ),
        format!(
            "an item is known as {name:?} and has no such code, so nobody can tell whether it is \
             meant; give it the code first, or call this one otherwise"
        ),
    )
}
