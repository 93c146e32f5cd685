//! What is wrong with a document, in both languages.
//!
//! **Invariant.** A document that cannot be read has a problem of its own; what is wrong with what it
//! says is told as the fields of any body are, by the path of the element in place of a pointer.

use domain::alerts::{CapError, CapFault, FaultKind, MarkupError};

use crate::problem::{Bilingual, Code, FieldFault, Problem};

pub(super) fn refusal(error: CapError) -> Problem {
    match error {
        CapError::Markup(error) => {
            Problem::new(Code::InvalidXml).detail(markup(&error), error.to_string())
        }
        CapError::Faults(faults) => Problem::invalid(faults.into_iter().map(field).collect()),
    }
}

fn markup(error: &MarkupError) -> &'static str {
    match error {
        MarkupError::TooLong => "文件过长",
        MarkupError::Encoding => "文件不是 UTF-8 编码，或声明了其他编码",
        MarkupError::DocumentType => "文件含 DOCTYPE 声明，一律拒收",
        MarkupError::Entity => "文件引用了须自行声明的实体",
        MarkupError::TooDeep => "元素嵌套过深",
        MarkupError::TooManyElements => "元素过多",
        MarkupError::TooManyAttributes => "某个元素的属性过多",
        MarkupError::TooManyNamespaces => "命名空间声明过多",
        MarkupError::UnknownPrefix => "有前缀未声明命名空间",
        MarkupError::Character => "文件含 XML 不允许的字符",
        MarkupError::IllFormed => "XML 不完整或不合规范",
        MarkupError::NoAlert => "不是 CAP 1.2 预警：根元素须为 CAP 1.2 命名空间的 alert",
    }
}

fn field(fault: CapFault) -> FieldFault {
    let CapFault { path, kind } = fault;
    let (code, zh) = match &kind {
        FaultKind::Missing => ("required", "必填".to_owned()),
        FaultKind::Repeated => ("repeated", "该元素只能出现一次".to_owned()),
        FaultKind::Unknown => ("unknown", "CAP 1.2 在此处没有这个元素".to_owned()),
        FaultKind::Choice { expected } => {
            ("choice", format!("须为其中之一：{}", expected.join("、")))
        }
        FaultKind::Length { max } => ("length", format!("最多 {max} 个字符")),
        FaultKind::TooMany { max } => ("length", format!("最多 {max} 个")),
        FaultKind::Name => ("format", "不得含空白、逗号、< 或 &".to_owned()),
        FaultKind::Moment => (
            "format",
            "须为带数字时差的时刻，如 2026-08-01T03:00:00+08:00".to_owned(),
        ),
        FaultKind::Order => (
            "out-of-range",
            "须晚于 effective 与 onset；未写 effective 时须晚于 sent".to_owned(),
        ),
        FaultKind::References => (
            "format",
            "须为以空格分隔的“sender,identifier,sent”".to_owned(),
        ),
        FaultKind::Pairs => ("format", "须为成对的纬度、经度，如 29.1,121.2".to_owned()),
        FaultKind::CentreAndRadius => (
            "format",
            "须为圆心与半径（公里），如 29.1,121.2 30".to_owned(),
        ),
        FaultKind::Place(_) => ("out-of-range", "经纬度超出范围，或先后颠倒".to_owned()),
        FaultKind::Polygon(error) => ("geometry", format!("多边形不成立：{error}")),
        FaultKind::Circle(_) => ("out-of-range", "半径须在 0.01 到 2000 公里之间".to_owned()),
        FaultKind::Area(error) => ("length", format!("各区域合计过大：{error}")),
    };
    FieldFault {
        pointer: path,
        code,
        message: Bilingual::new(zh, kind.to_string()),
    }
}
