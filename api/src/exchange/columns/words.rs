//! What else people write over a column.
//!
//! **Invariant.** A word means the same column in files of every kind that have it. Words that may mean
//! two things, such as 编号 or a weight without its unit, are in no list: such a column is refused and
//! not guessed at.

/// Under the Chinese name of a column, other words for it, divided by bars.
const WORDS: &[(&str, &str)] = &[
    (
        "储备库代码",
        "储备库编码|仓库编码|仓库代码|库点编码|Depot code|Warehouse code",
    ),
    (
        "储备库名称",
        "储备库|仓库|库名|库点|库点名称|Depot|Depot name|Warehouse|Warehouse name",
    ),
    (
        "级别",
        "储备库级别|仓库级别|等级|区划级别|单位级别|机构级别",
    ),
    (
        "保管单位",
        "管理单位|主管单位|单位名称|所属红十字会|Organization|Custodian",
    ),
    ("区划代码", "行政区划编码|区划编码"),
    ("地址", "详细地址|仓库地址|储备库地址"),
    ("经度", "东经|long"),
    ("纬度", "北纬"),
    ("坐标系", "坐标系统|坐标类型|Coordinate system|CRS"),
    ("备注", "说明|Remarks|Comment|Note|Notes"),
    ("英文名称", "英文名|英文"),
    ("名称", "行政区划名称|行政区划|区划|Division|Division name"),
    ("上级代码", "上级编码|上级区划|上级行政区划代码|父级代码"),
    ("启用", "启用时间|生效日期|生效时间"),
    ("撤销", "撤销时间|废止日期|废止时间|失效日期"),
    ("现区划", "现区划代码|继任区划|Successor"),
    ("物资编码", "物资代码|物资编号|货品编码|物料编码|Code|SKU"),
    ("分类", "物资分类|物资类别|品类|类目|大类"),
    ("分类名称", "类别名称"),
    ("物资名称", "物资|货品名称|物品名称|产品名称|商品名称|Item"),
    ("别名", "又名|俗称|曾用名|Alias"),
    ("规格", "型号|规格参数|型号规格|Spec|Specifications"),
    ("基本单位", "最小单位|Unit|Unit of measure|UOM"),
    ("包装", "Package|Pack unit"),
    (
        "包装数量",
        "每箱数量|装箱数|装箱数量|箱装数|Pack size|Units per pack",
    ),
    ("保质期天", "保质期天数|保质天数|有效期天数|Shelf life"),
    ("IFRC 编码", "IFRC 代码|IFRC"),
    ("商品条码", "条形码|Barcode|EAN"),
    ("国标编码", "国标代码|应急物资编码"),
    ("套装", "成套|是否成套|Is kit"),
    ("维护单位", "保管单位|Organisation|Organization"),
    (
        "储备库",
        "储备库名称|仓库名称|库名|库点名称|所在仓库|Depot name|Warehouse name",
    ),
    ("库区", "库区名称"),
    (
        "物资",
        "名称|货品名称|物品名称|产品名称|商品名称|Name|Item name",
    ),
    (
        "数量",
        "库存数量|库存数|库存|结存|结存数量|现有数量|实存数量|实有数量|账面数量|盘点数量|Qty|Stock|On hand",
    ),
    ("单位", "基本单位|Units|Unit of measure|UOM"),
    (
        "物权单位",
        "物权|物权方|所有权|所有权人|货主|归属单位|Owned by",
    ),
    ("捐赠人", "捐赠单位|捐赠者|捐赠来源|捐方"),
    (
        "批号",
        "批次号|批号批次|Batch number|Batch no|Lot|Lot number",
    ),
    (
        "生产厂家",
        "生产商|制造商|生产企业|厂商|生产厂商|Manufacturer",
    ),
    (
        "生产日期",
        "生产时间|制造日期|出厂日期|Manufacture date|Date of manufacture",
    ),
    (
        "有效期至",
        "有效期|有效期到|有效日期|有效期限|有效截止日期|效期|保质期至|保质期到|保质期|过期日期|过期时间|到期日|到期日期|到期时间|失效期|截止日期|截止日|Expiry|Expires|Expiration date|Expiration|Exp date|Use by|Best before",
    ),
    (
        "入库日期",
        "入库时间|接收日期|收货日期|Date received|Receipt date",
    ),
    ("单价", "单位价格|单件价值|价格|Unit price|Unit cost|Price"),
    ("币种", "货币|币别"),
    ("质量状态", "质量|物资状态|品质|Quality|Status"),
    ("定向区划", "定向地区|定向区划代码|指定地区|指定区划"),
    ("定向项目", "指定项目|定向用途|Programme"),
    ("单位代码", "单位编码|机构代码|机构编码|Organisation code"),
    (
        "单位名称",
        "机构名称|机构|红十字会|红十字会名称|Organisation|Organization|Organisation name",
    ),
    ("上级单位", "上级机构|主管单位|所属单位|Parent organisation"),
];

/// The words for the column of this Chinese name.
pub(super) fn of(name: &str) -> impl Iterator<Item = &'static str> {
    let words = WORDS.iter().filter(move |(known, _)| *known == name);
    words.flat_map(|(_, words)| words.split('|'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{ImportKind, columns::normalised};

    #[test]
    fn no_word_means_two_columns_of_a_kind() {
        for kind in ImportKind::ALL {
            for one in kind.columns() {
                let written = one.names.iter().copied().chain(of(one.name()));
                for word in written {
                    let word = normalised(word);
                    let called = kind.columns().iter().filter(|other| other.is_called(&word));
                    let keys: Vec<_> = called.map(|other| other.key).collect();
                    assert_eq!(keys, [one.key], "{word} of {}", kind.name());
                }
            }
        }
    }

    #[test]
    fn every_list_is_of_a_column() {
        let columns = ImportKind::ALL.iter().flat_map(|kind| kind.columns());
        let names: Vec<_> = columns.map(|column| column.name()).collect();
        for (name, _) in WORDS {
            assert!(names.contains(name), "{name}");
        }
    }
}
