//! What the contract found wrong, said so that whoever typed it understands.
//!
//! **Invariant.** Both languages say what would be right: the choices, the bounds, an example. No
//! regular expression and no value as long as a body comes back.

use jsonschema::{ValidationError, error::ValidationErrorKind};
use serde_json::Value;

use crate::problem::{Bilingual, FieldFault};

use super::{fault, member_pointer, unknown};

// One error may speak of several members; each gets its own pointer.
pub(super) fn spread(error: &ValidationError<'_>) -> Vec<FieldFault> {
    let at = error.instance_path().to_string();
    let member = |name: &str| member_pointer(&at, name);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| unknown(&member(name)))
            .collect(),
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![fault(
                &member(name),
                "required",
                "必填",
                "this field is required",
            )]
        }
        // A field that may be absent or an object fails as a choice; the deepest reasons tell more.
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            let real: Vec<_> = context
                .iter()
                .filter(|branch| !branch.iter().any(is_about_null))
                .collect();
            match real[..] {
                [only] => only.iter().flat_map(|error| spread(error)).collect(),
                _ => vec![explain(at, error)],
            }
        }
        _ => vec![explain(at, error)],
    }
}

fn is_about_null(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { .. })
        && error.to_string().ends_with("\"null\"")
}

pub(super) fn explain(pointer: String, error: &ValidationError<'_>) -> FieldFault {
    let (code, zh, en) = said(error.kind());
    FieldFault {
        pointer,
        code,
        message: Bilingual::new(zh, en),
    }
}

fn said(kind: &ValidationErrorKind) -> (&'static str, String, String) {
    use ValidationErrorKind as Kind;
    let range = |zh: String, en: String| ("out-of-range", zh, en);
    let length = |zh: String, en: String| ("length", zh, en);
    match kind {
        Kind::Type { .. } => (
            "type",
            "类型不对".to_owned(),
            "it is of the wrong type".to_owned(),
        ),
        Kind::Minimum { limit } => range(
            format!("不得小于 {limit}"),
            format!("must be at least {limit}"),
        ),
        Kind::Maximum { limit } => range(
            format!("不得大于 {limit}"),
            format!("must be at most {limit}"),
        ),
        Kind::ExclusiveMinimum { limit } => range(
            format!("须大于 {limit}"),
            format!("must be more than {limit}"),
        ),
        Kind::ExclusiveMaximum { limit } => range(
            format!("须小于 {limit}"),
            format!("must be less than {limit}"),
        ),
        Kind::MinLength { limit } => length(
            format!("至少 {limit} 个字符"),
            format!("at least {limit} characters"),
        ),
        Kind::MaxLength { limit } => length(
            format!("最多 {limit} 个字符"),
            format!("at most {limit} characters"),
        ),
        Kind::MinItems { limit } => length(
            format!("至少 {limit} 项"),
            format!("at least {limit} entries"),
        ),
        Kind::MaxItems { limit } => length(
            format!("最多 {limit} 项"),
            format!("at most {limit} entries"),
        ),
        Kind::Pattern { pattern } => {
            let (zh, en) = form(pattern);
            ("format", zh, en)
        }
        Kind::Format { format } => {
            let (zh, en) = format_named(format);
            ("format", zh, en)
        }
        Kind::Enum { options } => {
            let (zh, en) = one_of(options);
            ("choice", zh, en)
        }
        Kind::UniqueItems => (
            "repeated",
            "有重复项".to_owned(),
            "an entry is repeated".to_owned(),
        ),
        _ => (
            "invalid",
            "不符合要求".to_owned(),
            "it does not match the schema of the operation".to_owned(),
        ),
    }
}

fn one_of(options: &Value) -> (String, String) {
    let names: Vec<_> = options
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    (
        format!("须为其中之一：{}", names.join("、")),
        format!("must be one of {}", names.join(", ")),
    )
}

// The forms of our contract, in words.
fn form(pattern: &str) -> (String, String) {
    let word = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    if let Some((kind, _)) = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.split_once("_[0-7]"))
    {
        return (
            format!("须为以 {kind}_ 开头的编号"),
            format!("must be an id that begins with {kind}_"),
        );
    }
    match pattern {
        "^([0-9]{6}|[0-9]{9}|[0-9]{12})$" => word(
            "行政区划代码须为 6、9 或 12 位数字",
            "the code of a division has 6, 9 or 12 digits",
        ),
        "^[A-Z]{3}$" => word(
            "币种须为三个大写字母的代码，如 CNY",
            "a currency is a code of three capital letters such as CNY",
        ),
        r"^[0-9]{1,10}(\.[0-9]{1,4})?$" => word(
            "金额整数部分最多 10 位、小数部分最多 4 位，如 35.50",
            "an amount has at most 10 digits before and 4 after the point, such as 35.50",
        ),
        "^[0-9 +()#-]*[0-9][0-9 +()#-]*$" | "^[0-9 +()#-]+$" => word(
            "电话只能含数字、空格与 + ( ) # -",
            "a telephone number has digits, spaces and + ( ) # - only",
        ),
        "^[!-~]+$" => word(
            "只能用可见的英文字符，不含空格",
            "only visible ASCII characters without spaces",
        ),
        "^[a-z0-9_.-]{1,32}$" => word(
            "只能用小写字母、数字与 _ . -，最多 32 个字符",
            "only small letters, digits and _ . -, at most 32 characters",
        ),
        r"^[a-z_]+\.[a-z_]+$" => word(
            "须为操作的名称，如 stock.receive",
            "must be the name of a command such as stock.receive",
        ),
        "^[A-Za-z0-9_.:-]+$" => word(
            "只能用英文字母、数字与 _ . : -",
            "only letters, digits and _ . : -",
        ),
        "^[1-4]$" => word("须为 1 至 4", "must be 1 to 4"),
        "^[0-9]+$" => word("只能用数字", "only digits"),
        "^[0-9a-f]+$" => word(
            "只能用数字与小写字母 a 至 f",
            "only digits and the letters a to f",
        ),
        "^[0-9a-f]{64}$" => word(
            "须为 64 位小写十六进制数（SHA-256）",
            "must be a SHA-256 as 64 small hexadecimal digits",
        ),
        _ => form_of_rules(pattern),
    }
}

// The forms of rule sets.
fn form_of_rules(pattern: &str) -> (String, String) {
    let word = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    match pattern {
        "^[a-z0-9._-]{1,64}$" => word(
            "代码只能用小写字母、数字与 . _ -，最多 64 个字符",
            "a code has small letters, digits and . _ -, at most 64 characters",
        ),
        "^[a-z0-9_]{1,32}$" => word(
            "只能用小写字母、数字与 _，最多 32 个字符",
            "only small letters, digits and _, at most 32 characters",
        ),
        "^[a-z0-9._-]{1,64}/[1-9][0-9]{0,6}$" => word(
            "须为“代码/版次”，如 provisional-yardstick/1",
            "must be a code and an edition, such as provisional-yardstick/1",
        ),
        r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$" => word(
            "须为数字，小数部分最多 4 位，如 1028.5",
            "must be a number with at most 4 digits after the point, such as 1028.5",
        ),
        "^[VSI]$" => word("须为 V、S 或 I", "must be V, S or I"),
        _ => (
            format!("格式不对，须符合 {pattern}"),
            format!("the form is not right; it must match {pattern}"),
        ),
    }
}

fn format_named(format: &str) -> (String, String) {
    let (zh, en) = match format {
        "date" => (
            "须为日期，如 2026-05-01",
            "must be a date such as 2026-05-01",
        ),
        "date-time" => (
            "须为带时区的时刻，如 2026-05-01T08:00:00+08:00",
            "must be a moment with its time zone, such as 2026-05-01T08:00:00+08:00",
        ),
        other => {
            return (
                format!("格式须为 {other}"),
                format!("must be of the form {other}"),
            );
        }
    };
    (zh.to_owned(), en.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_choices_are_told_in_words() {
        let (zh, en) = form("^depot_[0-7][0-9a-hjkmnp-tv-z]{25}$");
        assert_eq!(zh, "须为以 depot_ 开头的编号");
        assert_eq!(en, "must be an id that begins with depot_");
        let (zh, en) = one_of(&serde_json::json!(["own", "partner", null]));
        assert_eq!(zh, "须为其中之一：own、partner");
        assert_eq!(en, "must be one of own, partner");
    }

    // A form that only machines read must not slip into the contract.
    #[test]
    fn every_form_of_the_contract_has_words() {
        fn patterns(value: &Value, found: &mut std::collections::BTreeSet<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(
                        members
                            .get("pattern")
                            .and_then(Value::as_str)
                            .map(str::to_owned),
                    );
                    members.values().for_each(|member| patterns(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| patterns(item, found)),
                _ => {}
            }
        }
        let mut found = std::collections::BTreeSet::new();
        let document = crate::http::describe();
        for methods in document["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    if parameter["in"] == "query" {
                        patterns(parameter, &mut found);
                    }
                }
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            if name.ends_with("Body") {
                patterns(schema, &mut found);
            }
        }
        let silent: Vec<_> = found
            .iter()
            .filter(|pattern| form(pattern).1.contains(pattern.as_str()))
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
