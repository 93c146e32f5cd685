//! The part of the table that is about duties.
//!
//! **Invariant.** A member stands here or in another part of the table, not in both.

// Member, Chinese, English.
pub(super) const DUTIES: &[[&str; 3]] = &[
    ["subject_id", "对象编号", "Subject ID"],
    ["what", "所涉物资", "What"],
    ["since_on", "起算日", "Counted from"],
    ["came_on", "到货日期", "Came on"],
    ["due_on", "应办日期", "Due on"],
    ["done_on", "办理日期", "Done on"],
    ["accepted_on", "入库登记日期", "Accepted on"],
    ["answerable", "责任人", "Answerable"],
    ["person", "责任人姓名", "Person"],
    ["done_by", "办理人", "Done by"],
    ["outcome", "检验结果", "Outcome"],
    ["period_amount", "期限", "Period"],
    ["period_unit", "期限单位", "Unit of the period"],
    ["confidence", "可信度", "Confidence"],
    [
        "weekday_years",
        "未载节假日的年份",
        "Years without holidays",
    ],
    ["year", "年份", "Year"],
    ["rest", "放假", "Days of rest"],
    ["work", "调休上班", "Days of work"],
    ["withdrawn_by", "撤回人", "Withdrawn by"],
    ["named_at", "指定时间", "Named at"],
    ["changed_at", "修改时间", "Changed at"],
    [
        "approved_alone_because",
        "一人兼批理由",
        "Approved alone because",
    ],
];
