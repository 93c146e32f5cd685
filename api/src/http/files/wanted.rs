//! Which form of a list the caller likes best.
//!
//! **Invariant.** JSON, unless a file is liked better: a browser's or a library's `*/*` gets JSON.

use axum::http::{HeaderMap, header};

use crate::exchange::open::Format;

/// The content type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The content type of CSV.
pub(crate) const CSV: &str = "text/csv";

/// The file that the caller likes better than JSON, if any.
pub(super) fn format(headers: &HeaderMap) -> Option<Format> {
    let accepted = headers.get(header::ACCEPT)?.to_str().ok()?;
    let json = liking(accepted, "application/json");
    let (csv, xlsx) = (liking(accepted, CSV), liking(accepted, XLSX));
    if csv > json && csv >= xlsx {
        Some(Format::Csv)
    } else if xlsx > json {
        Some(Format::Xlsx)
    } else {
        None
    }
}

// The weight of the most specific range that the type falls in (RFC 9110, section 12.5.1). A type
// that is named beats one that is only covered, whatever the order.
fn liking(accepted: &str, wanted: &str) -> f32 {
    let family = wanted.split('/').next().unwrap_or_default();
    let ranges = accepted.split(',').filter_map(|range| {
        let mut pieces = range.trim().split(';');
        let name = pieces.next()?.trim().to_ascii_lowercase();
        let specific = if name == wanted {
            2
        } else if name.strip_suffix("/*") == Some(family) {
            1
        } else if name == "*/*" {
            0
        } else {
            return None;
        };
        let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q="));
        let weight = weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0));
        Some((specific, weight))
    });
    ranges
        .max_by_key(|(specific, _)| *specific)
        .map_or(0.0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_unless_a_file_is_liked_better() {
        for (accepted, expected) in [
            ("*/*", None),
            ("", None),
            ("application/json", None),
            ("application/json, text/csv", None),
            ("text/csv", Some(Format::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/csv, application/json;q=0.5", Some(Format::Csv)),
            ("text/csv;q=0.5, application/json", None),
            ("text/*", Some(Format::Csv)),
            ("text/csv, */*;q=0.1", Some(Format::Csv)),
            ("text/csv;q=0, */*", None),
            (XLSX, Some(Format::Xlsx)),
            (
                "text/csv;q=0.5, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                Some(Format::Xlsx),
            ),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                None,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accepted.parse().unwrap());
            assert_eq!(format(&headers), expected, "{accepted}");
        }
        assert_eq!(format(&HeaderMap::new()), None);
    }
}
