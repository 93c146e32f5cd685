//! Files that are sent to the server, and what comes of them.
//!
//! **Invariant.** A file is sent as a careful program sends it: as the whole body, with its name.

use serde_json::Value;

use crate::{Client, client::Call, client::fresh_key};

/// The media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// Each look takes a request; an import of a test takes far fewer.
const LOOKS_MAX: u32 = 20_000;

impl Client {
    /// Sends a file to be imported; the call may still be changed.
    pub fn send_file(&self, kind: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Call {
        let media_type = if name.ends_with(".xlsx") {
            XLSX
        } else {
            "text/csv"
        };
        self.call(reqwest::Method::POST, "/v1/imports")
            .key(&fresh_key())
            .query("kind", kind)
            .query("file_name", name)
            .body(media_type, bytes.into())
    }

    /// Imports a file and gives the report when the import has ended.
    pub async fn import(&self, kind: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
        self.ended(self.send_file(kind, name, bytes)).await
    }

    /// Sends it and gives the report when the import has ended.
    ///
    /// # Panics
    /// When it is not accepted or does not end.
    pub async fn ended(&self, call: Call) -> Value {
        let accepted = call.await;
        accepted.expect(202);
        let place = accepted.header("location").to_owned();
        for _ in 0..LOOKS_MAX {
            let report = self.get(&place).await.expect(200);
            if matches!(report["import"]["state"].as_str(), Some("done" | "failed")) {
                return report;
            }
        }
        panic!("{place} does not end");
    }
}

/// The cells and codes of a report's mistakes.
#[must_use]
pub fn mistakes(report: &Value) -> Vec<(String, String)> {
    let text = |mistake: &Value, member: &str| mistake[member].as_str().unwrap_or("").to_owned();
    let mistakes = report["errors"].as_array().into_iter().flatten();
    mistakes
        .map(|mistake| (text(mistake, "cell"), text(mistake, "code")))
        .collect()
}

/// How many of something a report made.
#[must_use]
pub fn made(report: &Value, what: &str) -> u64 {
    let made = report["summary"]["made"].as_array().into_iter().flatten();
    made.filter(|one| one["what"] == what)
        .find_map(|one| one["count"].as_u64())
        .unwrap_or(0)
}
