//! What each role may do.
//!
//! **Invariant.** The table below is the only place that says so. No administrator may post stock,
//! the security administrator may not read the journal, and those who read the journal change
//! nothing. Organisations, divisions and the catalogue are reference data that everybody who is
//! logged in may read; `View` is for depots, stock, incidents and orders.

use crate::kernel::{Language, named};

named! {
    /// What a person or system is to an organisation and everything below it.
    pub enum Role {
        /// 保管员
        Keeper = "keeper",
        /// 调度员
        Dispatcher = "dispatcher",
        /// 审批人
        Approver = "approver",
        /// 审计员
        Auditor = "auditor",
        /// 数据管理员
        DataSteward = "data_steward",
        /// 系统管理员
        SystemAdmin = "system_admin",
        /// 安全管理员
        SecurityAdmin = "security_admin",
        /// 审计管理员
        AuditAdmin = "audit_admin",
    }
}

named! {
    /// One thing that may be allowed.
    pub enum Capability {
        /// See depots, stock, incidents, plans and orders.
        View = "view",
        /// Receive, issue, count and correct goods.
        PostStock = "post_stock",
        /// Hold goods back for somebody.
        ReserveStock = "reserve_stock",
        /// Open, change and close depots, zones and bins.
        ManageDepots = "manage_depots",
        /// Add and change items, packs and kits.
        ManageCatalogue = "manage_catalogue",
        /// Add and change organisations and divisions.
        ManageOrganisations = "manage_organisations",
        /// Declare incidents, their areas, sites and needs.
        DeclareIncident = "declare_incident",
        /// Make plans.
        PlanDispatch = "plan_dispatch",
        /// Turn a plan into reservations and orders.
        ConfirmPlan = "confirm_plan",
        /// Speak for the owner of goods.
        ApproveOrder = "approve_order",
        /// Agree to what a stocktake found, without having counted.
        ApproveCount = "approve_count",
        /// Make, change and end agreements with suppliers.
        ManageAgreements = "manage_agreements",
        /// Call goods off from suppliers, and note what they say is there.
        CallOff = "call_off",
        /// Write the rule sets by which depots are rated.
        ManageRules = "manage_rules",
        /// State for a depot what it is to be rated by, with evidence.
        StateRating = "state_rating",
        /// Review, visit and decide for the societies below.
        DecideRating = "decide_rating",
        /// Write public statements down, and what donors say to being named.
        PrepareStatement = "prepare_statement",
        /// Let everybody read a statement that somebody else prepared.
        PublishStatement = "publish_statement",
        /// Pick and send goods off.
        Ship = "ship",
        /// Sign for goods.
        SignHandOver = "sign_hand_over",
        /// Open and lock accounts and API keys, give and take roles.
        ManageAccounts = "manage_accounts",
        /// Take away what proves whom an entry of the journal names.
        ErasePersons = "erase_persons",
        /// Read who did what.
        ReadJournal = "read_journal",
        /// Let other systems be told what happens.
        ManageWebhooks = "manage_webhooks",
        /// Re-add the ledger and the journal and compare.
        Verify = "verify",
        /// Read how the service is doing.
        ReadMetrics = "read_metrics",
        /// Read files in.
        ImportData = "import_data",
        /// Write files out.
        ExportData = "export_data",
        /// Run, stop and watch background jobs.
        RunJobs = "run_jobs",
        /// Back up and restore.
        Backup = "backup",
    }
}

impl Role {
    /// What the role may do.
    #[must_use]
    pub const fn capabilities(self) -> &'static [Capability] {
        use Capability as C;
        match self {
            Self::Keeper => &[
                C::View,
                C::PostStock,
                C::ReserveStock,
                C::Ship,
                C::SignHandOver,
                C::StateRating,
                C::ExportData,
            ],
            Self::Dispatcher => &[
                C::View,
                C::ReserveStock,
                C::DeclareIncident,
                C::PlanDispatch,
                C::ConfirmPlan,
                C::CallOff,
                C::PrepareStatement,
                C::SignHandOver,
                C::ExportData,
            ],
            Self::Approver => &[
                C::View,
                C::ApproveOrder,
                C::ApproveCount,
                C::DecideRating,
                C::PublishStatement,
                C::ExportData,
            ],
            Self::Auditor => &[C::View, C::ReadJournal, C::Verify, C::ExportData],
            Self::DataSteward => &[
                C::View,
                C::ManageDepots,
                C::ManageCatalogue,
                C::ManageOrganisations,
                C::ManageAgreements,
                C::ManageRules,
                C::PrepareStatement,
                C::ErasePersons,
                C::ManageWebhooks,
                C::ImportData,
                C::ExportData,
            ],
            Self::SystemAdmin => &[C::ReadMetrics, C::RunJobs, C::Backup],
            Self::SecurityAdmin => &[C::ManageAccounts],
            Self::AuditAdmin => &[C::ReadJournal, C::Verify],
        }
    }

    /// Whether the role may do it.
    #[must_use]
    pub fn may(self, capability: Capability) -> bool {
        self.capabilities().contains(&capability)
    }

    /// Whether it is one of the three administrators that are kept apart.
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        match self {
            Self::SystemAdmin | Self::SecurityAdmin | Self::AuditAdmin => true,
            Self::Keeper
            | Self::Dispatcher
            | Self::Approver
            | Self::Auditor
            | Self::DataSteward => false,
        }
    }

    /// Whether one account may not hold both roles: an administrator's role goes with no other
    /// role, and an auditor does not audit their own work. A person with two hats has two accounts.
    #[must_use]
    pub fn clashes_with(self, other: Self) -> bool {
        let alone = |role: Self| role.is_administrator() || role == Self::Auditor;
        self != other && (alone(self) || alone(other))
    }

    /// The words a person reads.
    #[must_use]
    pub const fn title(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Keeper => ("保管员", "keeper"),
            Self::Dispatcher => ("调度员", "dispatcher"),
            Self::Approver => ("审批人", "approver"),
            Self::Auditor => ("审计员", "auditor"),
            Self::DataSteward => ("数据管理员", "data steward"),
            Self::SystemAdmin => ("系统管理员", "system administrator"),
            Self::SecurityAdmin => ("安全管理员", "security administrator"),
            Self::AuditAdmin => ("审计管理员", "audit administrator"),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles across in the order of [`Role::ALL`]: keeper, dispatcher, approver, auditor, steward,
    /// system, security, audit.
    const TABLE: &[(&str, &str)] = &[
        ("view", "kdpas..."),
        ("post_stock", "k......."),
        ("reserve_stock", "kd......"),
        ("manage_depots", "....s..."),
        ("manage_catalogue", "....s..."),
        ("manage_organisations", "....s..."),
        ("declare_incident", ".d......"),
        ("plan_dispatch", ".d......"),
        ("confirm_plan", ".d......"),
        ("approve_order", "..p....."),
        ("approve_count", "..p....."),
        ("manage_agreements", "....s..."),
        ("call_off", ".d......"),
        ("manage_rules", "....s..."),
        ("state_rating", "k......."),
        ("decide_rating", "..p....."),
        ("prepare_statement", ".d..s..."),
        ("publish_statement", "..p....."),
        ("ship", "k......."),
        ("sign_hand_over", "kd......"),
        ("manage_accounts", "......S."),
        ("erase_persons", "....s..."),
        ("read_journal", "...a...A"),
        ("manage_webhooks", "....s..."),
        ("verify", "...a...A"),
        ("read_metrics", ".....Y.."),
        ("import_data", "....s..."),
        ("export_data", "kdpas..."),
        ("run_jobs", ".....Y.."),
        ("backup", ".....Y.."),
    ];

    #[test]
    fn the_table_of_roles_and_capabilities() {
        assert_eq!(TABLE.len(), Capability::ALL.len());
        for ((name, marks), &capability) in TABLE.iter().zip(Capability::ALL) {
            assert_eq!(*name, capability.name());
            assert_eq!(marks.len(), Role::ALL.len());
            for (mark, role) in marks.chars().zip(Role::ALL) {
                assert_eq!(role.may(capability), mark != '.', "{role} {capability}");
            }
        }
    }

    #[test]
    fn administrators_and_auditors_change_no_stock_and_no_order() {
        let changing = [
            Capability::PostStock,
            Capability::ReserveStock,
            Capability::ConfirmPlan,
            Capability::ApproveOrder,
            Capability::ApproveCount,
            Capability::Ship,
            Capability::SignHandOver,
            Capability::ImportData,
        ];
        for &role in Role::ALL {
            if role.is_administrator() || role == Role::Auditor {
                assert!(!changing.iter().any(|&it| role.may(it)), "{role}");
            }
        }
    }

    #[test]
    fn an_administrator_and_an_auditor_hold_one_role() {
        for &role in Role::ALL {
            for &other in Role::ALL {
                let alone = "auditor system_admin security_admin audit_admin";
                let apart =
                    role != other && (alone.contains(role.name()) || alone.contains(other.name()));
                assert_eq!(role.clashes_with(other), apart, "{role} {other}");
                assert_eq!(other.clashes_with(role), apart, "{role} {other}");
            }
        }
    }
}
