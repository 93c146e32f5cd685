//! What went wrong, as the caller may see it, and apart from it what the operator must see.
//!
//! **Invariant.** Every refusal has one stable [`Code`]; text is in Chinese and English; the cause
//! that belongs in the log never reaches the answer.

mod code;
mod logged;
mod storage;

use std::{borrow::Cow, fmt, io::ErrorKind};

use domain::identity::Capability;
use serde_json::{Map, Value};

pub(crate) use code::Code;
pub(crate) use domain::kernel::Language;

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bilingual {
    pub(crate) zh: Cow<'static, str>,
    pub(crate) en: Cow<'static, str>,
}

impl Bilingual {
    pub(crate) fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    pub(crate) fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// What is wrong with one field of the body or one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldFault {
    /// A JSON Pointer into the body, or the name of a parameter.
    pub(crate) pointer: String,
    /// A stable code such as `required` or `out-of-range`.
    pub(crate) code: &'static str,
    pub(crate) message: Bilingual,
}

/// At most so many faults are told at once.
pub(crate) const FAULTS_MAX: usize = 1_000;

/// A refusal: rendered as an RFC 9457 problem by `http::render`.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) detail: Option<Bilingual>,
    pub(crate) faults: Vec<FieldFault>,
    /// Typed extension members, such as what stock is left.
    pub(crate) extension: Map<String, Value>,
    /// Whether the unit of work may run the whole command again.
    pub(crate) transient: bool,
    /// What the log must hold and the answer must not.
    pub(crate) cause: Option<anyhow::Error>,
}

impl Problem {
    pub(crate) fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            faults: Vec::new(),
            extension: Map::new(),
            transient: false,
            cause: None,
        }
    }

    /// A fault of ours, or of a disk that is full: the answer says only that it happened, the log
    /// says why.
    pub(crate) fn internal(cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        let is_full = cause
            .chain()
            .filter_map(|error| error.downcast_ref::<std::io::Error>())
            .any(|error| {
                matches!(
                    error.kind(),
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded
                )
            });
        Self {
            cause: Some(cause),
            ..Self::new(if is_full {
                Code::StorageFull
            } else {
                Code::Internal
            })
        }
    }

    /// A body or a parameter whose fields are at fault.
    pub(crate) fn invalid(faults: Vec<FieldFault>) -> Self {
        Self {
            faults,
            ..Self::new(Code::InvalidRequest)
        }
    }

    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<String>,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::at(pointer, Fault::new(code, zh, en))
    }

    /// What is wrong at one field.
    pub(crate) fn at(pointer: impl Into<String>, fault: Fault) -> Self {
        Self::invalid(vec![fault.at(pointer)])
    }

    /// The same refusal, where a field names what was not found: then that field is at fault.
    #[must_use]
    pub(crate) fn named_at(self, pointer: &str, zh: &'static str, en: &'static str) -> Self {
        match self.code {
            Code::NotFound => Self::field(pointer, "reference", zh, en),
            _ => self,
        }
    }

    /// Refuses an id that the client made, if something was found under it.
    pub(crate) fn unless_new<T>(
        found: Result<T, Self>,
        constraint: &'static str,
    ) -> Result<(), Self> {
        match found {
            Err(problem) if problem.code == Code::NotFound => Ok(()),
            Err(problem) => Err(problem),
            Ok(_) => Err(Self::new(Code::AlreadyExists).with("constraint", constraint)),
        }
    }

    /// The same faults, found in the query string: what it says is well formed and does not hold.
    #[must_use]
    pub(crate) fn of_query(self) -> Self {
        Self {
            code: Code::InvalidQuery,
            ..self
        }
    }

    /// The same refusal for the next one that it meets; the cause was told with the first.
    pub(crate) fn again(&self) -> Self {
        Self {
            code: self.code,
            detail: self.detail.clone(),
            faults: self.faults.clone(),
            extension: self.extension.clone(),
            transient: self.transient,
            cause: None,
        }
    }

    /// Whether it is about what was asked for, and not a lost race or a fault of ours.
    pub(crate) fn is_refusal(&self) -> bool {
        !self.transient && !self.code.status().is_server_error()
    }

    /// The refusal of what takes a capability that the caller does not hold there.
    pub(crate) fn forbidden(capability: Capability) -> Self {
        Self::new(Code::Forbidden).with("capability", capability.name())
    }

    pub(crate) fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    #[must_use]
    pub(crate) fn detail(
        mut self,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.detail = Some(Bilingual::new(zh, en));
        self
    }

    #[must_use]
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.extension.insert(member.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.slug())?;
        if let Some(detail) = &self.detail {
            write!(f, ": {}", detail.en)?;
        }
        for fault in &self.faults {
            write!(f, "; {} {}", fault.pointer, fault.message.en)?;
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause:#}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Collects the faults of all fields, so that a caller learns them at once.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<FieldFault>);

impl Faults {
    /// Keeps the value or notes the fault.
    pub(crate) fn take<T, E: Into<Fault>>(
        &mut self,
        pointer: impl Into<String>,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push(error.into().at(pointer));
                None
            }
        }
    }

    /// As [`Faults::take`] for a member that may be absent: the outer `None` means a fault.
    pub(crate) fn take_if<T, E: Into<Fault>>(
        &mut self,
        pointer: impl Into<String>,
        result: Option<Result<T, E>>,
    ) -> Option<Option<T>> {
        match result {
            Some(result) => self.take(pointer, result).map(Some),
            None => Some(None),
        }
    }

    /// As [`Faults::take`] for every entry of the list at `pointer`; all faults are noted.
    pub(crate) fn take_each<S, T, E: Into<Fault>>(
        &mut self,
        pointer: &str,
        list: impl IntoIterator<Item = S>,
        parse: impl Fn(S) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let read: Vec<_> = list
            .into_iter()
            .enumerate()
            .map(|(index, entry)| self.take(format!("{pointer}/{index}"), parse(entry)))
            .collect();
        read.into_iter().collect()
    }

    /// Takes the faults out of a problem, so that they are told with the others; a problem of any
    /// other kind is passed on.
    pub(crate) fn absorb<T>(&mut self, result: Result<T, Problem>) -> Result<Option<T>, Problem> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(problem) if problem.code == Code::InvalidRequest => {
                self.0.extend(problem.faults);
                Ok(None)
            }
            Err(problem) => Err(problem),
        }
    }

    /// Notes a fault that no parser found.
    pub(crate) fn note(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(Fault::new(code, zh, en).at(pointer));
    }

    /// The value, if no field was at fault and it could be made.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.0)),
        }
    }
}

/// What a domain error means for the field that caused it.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: Bilingual,
}

impl Fault {
    pub(crate) fn new(
        code: &'static str,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            message: Bilingual::new(zh, en),
        }
    }

    fn at(self, pointer: impl Into<String>) -> FieldFault {
        let Self { code, message } = self;
        FieldFault {
            pointer: pointer.into(),
            code,
            message,
        }
    }
}

impl From<domain::kernel::QuantityError> for Fault {
    fn from(error: domain::kernel::QuantityError) -> Self {
        use domain::kernel::QuantityError::{TooLarge, TooSmall};
        match error {
            TooSmall => Self::new("out-of-range", "数量至少为 1", error.to_string()),
            TooLarge => Self::new("out-of-range", "数量不得超过 10^12", error.to_string()),
        }
    }
}

impl From<domain::kernel::IdError> for Fault {
    fn from(error: domain::kernel::IdError) -> Self {
        Self::new("id", "编号格式不对", error.to_string())
    }
}

impl From<domain::kernel::MoneyError> for Fault {
    fn from(error: domain::kernel::MoneyError) -> Self {
        use domain::kernel::MoneyError::{Currency, Negative, NotANumber, TooFine, TooLarge};
        let (code, zh) = match error {
            NotANumber => ("type", "金额须为小数，例如 45.70"),
            Negative => ("out-of-range", "金额不得为负"),
            TooFine => ("out-of-range", "金额最多四位小数"),
            TooLarge => ("out-of-range", "金额不得超过 10^9"),
            Currency => ("format", "币种须为三个大写字母，例如 CNY"),
        };
        Self::new(code, zh, error.to_string())
    }
}

impl From<domain::kernel::TextError> for Fault {
    fn from(error: domain::kernel::TextError) -> Self {
        use domain::kernel::TextError::{Blank, Control, TooLong};
        match error {
            Blank => Self::new("required", "不得为空白", error.to_string()),
            TooLong { max } => Self::new("length", format!("最多 {max} 个字符"), error.to_string()),
            Control => Self::new("format", "不得含控制字符", error.to_string()),
        }
    }
}

impl From<domain::kernel::UnknownName> for Fault {
    fn from(error: domain::kernel::UnknownName) -> Self {
        let names = error.expected.join("、");
        Self::new(
            "choice",
            format!("须为其中之一：{names}"),
            error.to_string(),
        )
    }
}

impl From<domain::organisations::DivisionCodeError> for Fault {
    fn from(error: domain::organisations::DivisionCodeError) -> Self {
        Self::new(
            "format",
            "行政区划代码须为 6、9 或 12 位数字",
            error.to_string(),
        )
    }
}

impl From<domain::kernel::PlaceError> for Fault {
    fn from(error: domain::kernel::PlaceError) -> Self {
        use domain::kernel::PlaceError::{Latitude, Longitude, Swapped};
        let (code, zh) = match error {
            Longitude => ("out-of-range", "经度须在 -180 到 180 之间"),
            Latitude => ("out-of-range", "纬度须在 -90 到 90 之间"),
            Swapped => ("swapped", "经度与纬度似乎写反了"),
        };
        Self::new(code, zh, error.to_string())
    }
}
