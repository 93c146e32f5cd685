//! Who gave, as far as the public may know.
//!
//! **Invariant.** A person is named only where they agreed; an organisation unless it refused; of a
//! donor whom nobody has on record, no name is told at all.

use crate::kernel::named;

named! {
    /// What a donor is.
    pub enum DonorClass {
        /// 个人
        Individual = "individual",
        /// 企业
        Enterprise = "enterprise",
        /// 事业单位、学校、医院
        Institution = "institution",
        /// 基金会、社会团体
        Foundation = "foundation",
        /// 红十字会
        Society = "society",
        /// 政府部门
        Government = "government",
        /// 未登记: named on the receipt, and nobody has them on record.
        Unregistered = "unregistered",
        /// 匿名: not named on the receipt.
        Anonymous = "anonymous",
    }
}

named! {
    /// What a donor said to being named.
    pub enum Naming {
        /// Nothing.
        Unstated = "unstated",
        /// 同意公开姓名
        Agreed = "agreed",
        /// 不同意公开姓名
        Refused = "refused",
    }
}

impl DonorClass {
    /// What one may be on record as.
    pub const ON_RECORD: [Self; 6] = [
        Self::Individual,
        Self::Enterprise,
        Self::Institution,
        Self::Foundation,
        Self::Society,
        Self::Government,
    ];

    /// Whether the public may be told the name.
    #[must_use]
    pub const fn may_be_named(self, naming: Naming) -> bool {
        match (self, naming) {
            (Self::Unregistered | Self::Anonymous, _) | (_, Naming::Refused) => false,
            (Self::Individual, Naming::Unstated) => false,
            (_, Naming::Agreed | Naming::Unstated) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_be_named() {
        for &class in DonorClass::ALL {
            let on_record = DonorClass::ON_RECORD.contains(&class);
            let is_body = on_record && class != DonorClass::Individual;
            assert_eq!(class.may_be_named(Naming::Agreed), on_record, "{class}");
            assert_eq!(class.may_be_named(Naming::Unstated), is_body, "{class}");
            assert!(!class.may_be_named(Naming::Refused), "{class}");
        }
    }
}
