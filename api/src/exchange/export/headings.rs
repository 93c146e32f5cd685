//! The one table of column names, in Chinese and English.
//!
//! **Invariant.** A member has one name wherever it occurs, and the order of this table is the
//! order of the columns. Where an import reads the same thing, it knows the name.

use crate::problem::Language;

// Member, Chinese, English. A path (`place.longitude`) is looked up whole before its parts are.
const NAMES: &[[&str; 3]] = &[
    ["id", "编号", "ID"],
    ["number", "单号", "Number"],
    ["code", "代码", "Code"],
    ["name", "名称", "Name"],
    ["file_name", "文件名", "File name"],
    ["login", "用户名", "Login"],
    ["name_en", "英文名称", "English name"],
    ["aliases", "别名", "Aliases"],
    ["codes", "外部编码", "External codes"],
    ["kind", "类型", "Kind"],
    ["specification", "规格", "Specification"],
    ["level", "级别", "Level"],
    ["operation", "运营方式", "Operation"],
    ["parent_id", "上级编号", "Parent ID"],
    ["parent_code", "上级代码", "Parent code"],
    ["organisation_id", "单位编号", "Organisation ID"],
    ["incident_id", "灾害事件编号", "Incident ID"],
    ["site_id", "安置点编号", "Site ID"],
    ["site_name", "安置点", "Site"],
    ["depot_id", "储备库编号", "Depot ID"],
    ["depot_code", "储备库代码", "Depot code"],
    ["depot_name", "储备库", "Depot"],
    ["to_depot_id", "调入库编号", "To depot ID"],
    ["zone_id", "库区编号", "Zone ID"],
    ["bin_id", "货位编号", "Bin ID"],
    ["from.kind", "来处类型", "From kind"],
    ["from.depot_id", "来处储备库编号", "From depot ID"],
    ["from.zone_id", "来处库区编号", "From zone ID"],
    ["from.shipment_id", "来处运输批次编号", "From shipment ID"],
    ["to.kind", "去处类型", "To kind"],
    ["to.depot_id", "去处储备库编号", "To depot ID"],
    ["to.zone_id", "去处库区编号", "To zone ID"],
    ["to.shipment_id", "去处运输批次编号", "To shipment ID"],
    ["account", "所在", "Account"],
    ["shipment_id", "运输批次编号", "Shipment ID"],
    ["address", "地址", "Address"],
    ["division_code", "区划代码", "Division code"],
    ["place", "位置", "Place"],
    ["place.longitude", "经度", "Longitude"],
    ["place.latitude", "纬度", "Latitude"],
    ["place.crs", "坐标系", "Datum"],
    ["longitude", "经度", "Longitude"],
    ["latitude", "纬度", "Latitude"],
    ["crs", "坐标系", "Datum"],
    ["given_place", "原始坐标", "Given place"],
    ["place_origin", "坐标来源", "Origin of place"],
    ["distance_km", "直线距离km", "Distance km"],
    ["hazard", "灾种", "Hazard"],
    ["hazard_code", "灾种代码", "Hazard code"],
    ["event_grade", "事件分级", "Event grade"],
    ["warning_colour", "预警颜色", "Warning colour"],
    ["response_level", "响应级别", "Response level"],
    ["area", "受灾区域", "Affected area"],
    ["divisions", "区划数", "Divisions"],
    ["polygons", "多边形数", "Polygons"],
    ["circles", "圆形数", "Circles"],
    ["round", "轮次", "Round"],
    ["extent", "范围", "Extent"],
    ["part_ids", "范围编号", "Parts"],
    ["blind", "盲盘", "Blind"],
    ["line", "行", "Line"],
    ["category_id", "分类编号", "Category ID"],
    ["item_id", "物资编号", "Item ID"],
    ["item_name", "物资", "Item"],
    ["base_unit", "基本单位", "Base unit"],
    ["packs", "各级包装", "Packs"],
    ["lot_id", "批次编号", "Lot ID"],
    ["owner_id", "物权单位编号", "Owner ID"],
    ["batch", "批号", "Batch"],
    ["maker", "生产厂家", "Maker"],
    ["produced_on", "生产日期", "Production date"],
    ["expires_on", "有效期至", "Expiry date"],
    ["condition", "质量状态", "Condition"],
    ["source", "来源", "Source"],
    ["donor", "捐赠人", "Donor"],
    ["unit_value", "单价", "Unit value"],
    ["currency", "币种", "Currency"],
    ["restriction", "定向", "Restriction"],
    ["restriction.kind", "定向方式", "Restricted by"],
    [
        "restriction.division_code",
        "定向区划",
        "Restricted to division",
    ],
    [
        "restriction.incident_id",
        "定向事件编号",
        "Restricted to incident ID",
    ],
    [
        "restriction.programme",
        "定向项目",
        "Restricted to programme",
    ],
    ["programme", "项目", "Programme"],
    ["recalled_at", "召回时间", "Recalled at"],
    ["withheld", "不可用原因", "Withheld because"],
    ["counter", "盘点人", "Counter"],
    ["revision", "更正次", "Revision"],
    ["corrected", "已被更正", "Corrected"],
    ["found", "盘出", "Found"],
    ["to_count", "待盘", "To count"],
    ["cutoff_book", "截止账面数", "Book at cut-off"],
    ["book", "账面数", "Book"],
    ["counted", "实盘数", "Counted"],
    ["difference", "差异", "Difference"],
    ["past_limit", "超限", "Past limit"],
    ["stocktakes", "盘点次数", "Stocktakes"],
    ["last_settled_at", "最近结案", "Last settled at"],
    [
        "last_whole_settled_at",
        "最近全盘结案",
        "Last whole settled at",
    ],
    ["quantity", "数量", "Quantity"],
    ["figures.on_hand", "在库", "On hand"],
    ["figures.reserved", "预占", "Reserved"],
    ["figures.available", "可用", "Available"],
    ["figures.at_shut_depots", "停用库内", "At shut depots"],
    ["figures.restricted", "定向物资", "Restricted"],
    ["figures.expiring", "期限不足", "Expiring"],
    ["figures.expired", "已过期", "Expired"],
    ["figures.recalled", "已召回", "Recalled"],
    ["figures.not_usable", "不可使用", "Not usable"],
    [
        "figures.other_conditions",
        "其他质量状态",
        "Other conditions",
    ],
    ["figures.on_road", "在途", "On the road"],
    ["on_hand", "在库", "On hand"],
    ["reserved", "预占", "Reserved"],
    ["available", "可用", "Available"],
    ["posted", "已出库", "Posted"],
    ["sent", "已发出", "Sent"],
    ["received", "已收到", "Received"],
    ["damaged", "损坏", "Damaged"],
    ["short", "短少", "Short"],
    ["lost", "损失", "Lost"],
    ["given_up", "不再发运", "Given up"],
    ["returned", "召回退回", "Returned"],
    ["recalled", "召回在途", "Recalled"],
    ["recalled_by_id", "召回单位编号", "Recalled by"],
    ["recall_reason", "召回原因", "Recalled because"],
    ["remaining", "在途剩余", "Remaining"],
    ["weight_g", "重量克", "Weight g"],
    ["volume_ml", "体积毫升", "Volume ml"],
    ["shelf_life_days", "保质期天", "Shelf life days"],
    ["people", "人数", "People"],
    ["households", "户数", "Households"],
    ["days", "天数", "Days"],
    ["contents", "内容", "Contents"],
    ["need", "需求", "Need"],
    ["need_id", "需求编号", "Need ID"],
    ["item_key", "标准物资", "Item of the standard"],
    ["basis", "依据", "Basis"],
    ["asked", "询问", "Asked"],
    ["standard_id", "标准", "Standard"],
    ["unit", "单位", "Unit"],
    ["origin", "来由", "Origin"],
    ["priority", "优先级", "Priority"],
    ["needed_by", "需要时间", "Needed by"],
    ["withdrawn_at", "撤回时间", "Withdrawn at"],
    ["withdrawn_reason", "撤回原因", "Withdrawn because"],
    ["progress", "进度", "Progress"],
    ["ordered", "已下单", "Ordered"],
    ["on_the_road", "在途", "On the road"],
    ["leg", "路程", "Leg"],
    ["distance_m", "距离米", "Distance m"],
    ["time_min", "用时分钟", "Time min"],
    ["detour_factor", "绕行系数", "Detour factor"],
    ["speed_kmh", "速度km/h", "Speed km/h"],
    ["policy", "策略", "Policy"],
    ["excluded_depot_ids", "排除的储备库", "Excluded depots"],
    ["keep_floors", "保底线", "Keep floors"],
    ["max_travel_min", "最长用时分钟", "Longest travel min"],
    ["prefer_whole_packs", "优先整包", "Whole packs preferred"],
    ["refuse_late", "不接受迟到", "Late refused"],
    ["respect_level_rule", "按级调用", "Level rule respected"],
    ["allocations", "分配", "Allocations"],
    ["shortfalls", "缺口", "Shortfalls"],
    ["sentences", "说明", "Sentences"],
    ["zh", "中文", "Chinese"],
    ["en", "英文", "English"],
    ["plan_id", "方案编号", "Plan ID"],
    ["order_id", "调拨单编号", "Order ID"],
    ["order_ids", "调拨单编号", "Order IDs"],
    ["requester_id", "申请单位编号", "Requester ID"],
    ["custodian_id", "代储单位编号", "Custodian ID"],
    ["receiver_id", "接收单位编号", "Receiver ID"],
    ["reservation_id", "预占编号", "Reservation ID"],
    ["movement_id", "出入库单编号", "Movement ID"],
    ["waybill", "随货单号", "Waybill"],
    ["vehicle", "车辆", "Vehicle"],
    ["driver", "司机", "Driver"],
    ["hand_overs", "交接", "Hand-overs"],
    ["contact_from", "发货联系人", "Contact from"],
    ["contact_to", "收货联系人", "Contact to"],
    ["contacts", "联系人", "Contacts"],
    ["purpose", "用途", "Purpose"],
    ["paper_number", "凭证号", "Paper number"],
    ["counterparty", "对方单位", "Counterparty"],
    ["line_count", "行数", "Lines"],
    ["lines_found", "盘出行数", "Lines found"],
    ["lines_to_count", "待盘行数", "Lines to count"],
    ["lines_uncounted", "未盘行数", "Lines uncounted"],
    ["lines_right_first", "初盘相符行数", "Lines right at first"],
    ["lines_differing", "差异行数", "Lines differing"],
    ["difference_units", "差异数量", "Units of difference"],
    ["limit", "审批限额", "Limit"],
    ["limit.share_e4", "限额·万分比", "Limit share per 10,000"],
    ["limit.value", "限额·金额", "Limit value"],
    ["limit.currency", "限额·币种", "Limit currency"],
    ["limit.source", "限额·依据", "Limit source"],
    ["cutoff_entry_id", "截止日志编号", "Cut-off entry ID"],
    ["cutoff_at", "截止时间", "Cut-off at"],
    ["opened_by", "发起人", "Opened by"],
    ["ended_by", "结束人", "Ended by"],
    ["approved", "经审批", "Approved"],
    ["reverses_id", "冲销的单据", "Reverses"],
    ["reversed_by_id", "被冲销于", "Reversed by"],
    ["oral_given_by", "口头下达人", "Ordered orally by"],
    ["paper_due_at", "补单期限", "Paper due at"],
    ["papered_at", "补单时间", "Put on paper at"],
    ["paper_overdue", "补单逾期", "Paper overdue"],
    ["state", "状态", "State"],
    ["state_at", "状态时间", "State at"],
    ["state_since", "状态自", "State since"],
    ["state_reason", "状态原因", "State reason"],
    ["reason", "原因", "Reason"],
    ["events", "经过", "Events"],
    ["warnings", "提示", "Warnings"],
    ["profile", "概况", "Profile"],
    ["total_area_m2", "总面积m²", "Total area m²"],
    ["storage_area_m2", "库房面积m²", "Storage area m²"],
    ["capacity_m3", "容积m³", "Capacity m³"],
    ["clear_height_m", "净高m", "Clear height m"],
    ["storeys", "层数", "Storeys"],
    ["staff_posts", "编制", "Staff posts"],
    ["opening_hours", "值班时间", "Opening hours"],
    ["equipment", "设备", "Equipment"],
    ["heavy_lorry_access", "重型货车可达", "Heavy lorry access"],
    ["above_flood_level", "高于洪水位", "Above flood level"],
    ["networked", "联网", "Networked"],
    ["fire_check_on", "消防检查日期", "Fire check on"],
    ["fire_training_on", "消防培训日期", "Fire training on"],
    ["fire_drill_on", "消防演练日期", "Fire drill on"],
    ["notes", "说明", "Notes"],
    ["mode", "方式", "Mode"],
    ["bytes", "字节数", "Bytes"],
    ["sha256", "SHA-256", "SHA-256"],
    ["rows_total", "总行数", "Rows"],
    ["rows_done", "已处理行数", "Rows done"],
    ["rows_bad", "错误行数", "Bad rows"],
    ["errors_total", "错误数", "Errors"],
    ["grants", "角色", "Roles"],
    ["secret", "密钥", "Secret"],
    ["command", "命令", "Command"],
    ["principal", "操作者", "Principal"],
    ["subject", "对象", "Subject"],
    ["request_id", "请求编号", "Request ID"],
    ["idempotency_key", "幂等键", "Idempotency key"],
    ["body", "内容", "Body"],
    ["counted_at", "盘点时间", "Counted at"],
    ["occurred_at", "发生时间", "Occurred at"],
    ["recorded_at", "记录时间", "Recorded at"],
    ["computed_at", "计算时间", "Computed at"],
    ["confirmed_at", "确认时间", "Confirmed at"],
    ["approved_at", "批准时间", "Approved at"],
    ["deadline_at", "截止时间", "Deadline"],
    ["departed_at", "出发时间", "Departed at"],
    ["expected_at", "预计到达", "Expected at"],
    ["arrived_at", "到达时间", "Arrived at"],
    ["ended_at", "结束时间", "Ended at"],
    ["finished_at", "完成时间", "Finished at"],
    ["expires_at", "失效时间", "Expires at"],
    ["revoked_at", "撤销时间", "Revoked at"],
    ["valid_from", "启用日期", "Valid from"],
    ["valid_to", "撤销日期", "Valid to"],
    ["successors", "现区划", "Successors"],
    ["note", "说明", "Note"],
    ["remark", "备注", "Remark"],
    ["created_at", "建立时间", "Created at"],
    ["version", "版本", "Version"],
];

// A path that the table does not know comes after all that it does.
const LAST: usize = usize::MAX;

/// Where a column stands.
pub(super) fn order(path: &[String]) -> (Vec<usize>, String) {
    let whole = path.join(".");
    let places = match place(&whole) {
        LAST => path.iter().map(|name| place(name)).collect(),
        found => vec![found],
    };
    (places, whole)
}

/// The name of a column.
pub(super) fn name(path: &[String], language: Language) -> String {
    let whole = path.join(".");
    if let Some(found) = lookup(&whole, language) {
        return found.to_owned();
    }
    let parts: Vec<_> = path
        .iter()
        .map(|name| lookup(name, language).unwrap_or(name))
        .collect();
    parts.join(match language {
        Language::Zh => "·",
        Language::En => " ",
    })
}

/// The name of a line's column that its document has too.
pub(super) fn of_line(name: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("明细·{name}"),
        Language::En => format!("Line {name}"),
    }
}

/// Whether the table names every part of a path.
#[cfg(test)]
pub(super) fn knows(path: &[String]) -> bool {
    place(&path.join(".")) != LAST || path.iter().all(|name| place(name) != LAST)
}

/// The table, for its own test.
#[cfg(test)]
pub(super) fn names() -> &'static [[&'static str; 3]] {
    NAMES
}

fn place(name: &str) -> usize {
    NAMES
        .iter()
        .position(|[known, ..]| *known == name)
        .unwrap_or(LAST)
}

fn lookup(name: &str, language: Language) -> Option<&'static str> {
    let [_, zh, en] = NAMES.get(place(name))?;
    Some(match language {
        Language::Zh => zh,
        Language::En => en,
    })
}
