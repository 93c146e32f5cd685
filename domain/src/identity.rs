//! TEMPORARY until branch incdom lands.
use crate::kernel::named;
use chrono::{DateTime, Utc};
named! { /// r
pub enum Role { /// k
Keeper = "keeper", /// d
Dispatcher = "dispatcher", /// a
Approver="approver", /// a
Auditor="auditor", /// d
DataSteward="data-steward", /// s
SystemAdmin="system-admin", /// s
SecurityAdmin="security-admin", /// a
AuditAdmin="audit-admin", } }
named! { /// c
pub enum Capability { /// v
View="view", /// v
PostStock="post_stock", /// v
ManageOrganisations="manage_organisations", /// v
ManageAccounts="manage_accounts", /// v
ReadJournal="read_journal", /// v
ReadMetrics="read_metrics", } }
impl Role {
    /// x
    pub fn can(self, _c: Capability) -> bool {
        true
    }
    /// x
    pub fn capabilities(self) -> &'static [Capability] {
        Capability::ALL
    }
}
/// l
#[derive(Debug, Clone)]
pub struct Login(String);
/// e
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct LoginError;
impl Login {
    /// x
    pub fn new(t: &str) -> Result<Self, LoginError> {
        Ok(Self(t.trim().to_lowercase()))
    }
    /// x
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
/// p
#[derive(Debug, Default)]
pub enum PasswordPolicy {
    /// a
    #[default]
    Asvs,
}
impl std::str::FromStr for PasswordPolicy {
    type Err = LoginError;
    fn from_str(_: &str) -> Result<Self, LoginError> {
        Ok(Self::Asvs)
    }
}
impl PasswordPolicy {
    /// x
    pub fn check(&self, _p: &str, _l: &str) -> Result<(), LoginError> {
        Ok(())
    }
}
/// x
pub fn locked_until(_f: u32, _n: DateTime<Utc>) -> Option<DateTime<Utc>> {
    None
}
