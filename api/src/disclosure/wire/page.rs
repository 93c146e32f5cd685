//! Published statements as pages for people.
//!
//! **Invariant.** Chinese first, English beside it. No script, nothing from elsewhere, and every text
//! that somebody wrote is escaped.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use domain::disclosure::Figure;

use crate::clock::day_at_depots;

use super::{LotFiguresView, PublishedFullView, PublishedView, StatementContent};

const STYLE: &str = "body{font-family:sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;\
    line-height:1.5}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #999;\
    padding:.25rem .5rem;text-align:left}td.n{text-align:right}code{word-break:break-all}\
    .e{color:#555}";

/// One statement.
pub(in crate::disclosure) fn shown(found: &PublishedFullView) -> String {
    let (head, content) = (&found.statement, &found.content);
    let mut body = format!("<h1>{}</h1>", escaped(&head.title));
    about(&mut body, head, content);
    if let Some(newer) = head.corrected_by_id {
        let _ = write!(
            body,
            "<p><strong>本公示已被更正，请看<a href=\"/statements/{newer}\">新的公示</a>。\
             <span class=\"e\" lang=\"en\">A newer statement takes the place of this one.</span></strong></p>"
        );
    }
    corrections(&mut body, content);
    totals(&mut body, content);
    lines(&mut body, content);
    places(&mut body, content);
    let id = head.id;
    let _ = write!(
        body,
        "<h2>核对 <span class=\"e\" lang=\"en\">Check it</span></h2>\
         <p>数据：<a href=\"/v1/public/statements/{id}\">JSON</a>；摘要（SHA-256）：<code>{}</code>；\
         日志账前 {} 条，检查点：</p><pre>{}</pre>",
        head.digest,
        content.position,
        escaped(&content.checkpoint),
    );
    document(&head.title, &body)
}

/// The newest statements.
pub(in crate::disclosure) fn listed(found: &[PublishedView]) -> String {
    let mut body = "<h1>物资收发公示 <span class=\"e\" lang=\"en\">Public statements</span></h1>\
        <table><tr><th>标题</th><th>截止</th><th>发布</th><th>批次数</th><th></th></tr>"
        .to_owned();
    for statement in found {
        let standing = match (statement.corrected_by_id, statement.corrects_id) {
            (Some(_), _) => "已被更正",
            (None, Some(_)) => "更正",
            (None, None) => "",
        };
        let _ = write!(
            body,
            "<tr><td><a href=\"/statements/{}\">{}</a></td><td>{}</td><td>{}</td>\
             <td class=\"n\">{}</td><td>{standing}</td></tr>",
            statement.id,
            escaped(&statement.title),
            moment(statement.until),
            statement.published_at.map(moment).unwrap_or_default(),
            statement.line_count,
        );
    }
    body.push_str("</table>");
    document("物资收发公示", &body)
}

fn about(body: &mut String, head: &PublishedView, content: &StatementContent) {
    let mut row = |zh: &str, en: &str, text: &str| {
        let _ = write!(
            body,
            "{zh} <span class=\"e\" lang=\"en\">{en}</span>：{}<br>",
            escaped(text)
        );
    };
    row("单位", "organisation", &content.organisation_name);
    if let Some(name) = &content.incident_name {
        row("灾害事件", "incident", name);
    }
    if let Some(class) = &content.donor_class {
        let name = content.donor_name.as_deref().unwrap_or("（不公开姓名）");
        row("捐赠人", "donor", &format!("{}，{name}", class_of(class)));
    }
    if let Some(source) = &content.source {
        row("来源", "source", source_of(source));
    }
    let from = content.from.map_or_else(|| "开始".to_owned(), moment);
    let until = moment(content.until);
    row("期间", "period", &format!("{from} 至 {until}"));
    if let Some(at) = head.published_at {
        row("发布", "published", &moment(at));
    }
}

fn corrections(body: &mut String, content: &StatementContent) {
    let Some(corrects) = &content.corrects else {
        return;
    };
    let _ = write!(
        body,
        "<h2>更正 <span class=\"e\" lang=\"en\">Correction</span></h2>\
         <p>本公示更正<a href=\"/statements/{}\">先前的公示</a>。原因：{}</p>\
         <table><tr><th>物资</th><th>批次</th><th>地点</th><th>项目</th><th>原公示</th>\
         <th>现公示</th></tr>",
        corrects.statement_id,
        escaped(&corrects.reason),
    );
    for difference in &content.differences {
        let what = match difference.member.parse::<Figure>() {
            Ok(figure) => word(figure),
            Err(_) => difference.member.as_str(),
        };
        let text = |text: &Option<String>| escaped(text.as_deref().unwrap_or("—"));
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td></tr>",
            escaped(&difference.item_name),
            difference.lot_id,
            text(&difference.division_code),
            escaped(what),
            text(&difference.before),
            text(&difference.after),
        );
    }
    body.push_str("</table>");
}

fn totals(body: &mut String, content: &StatementContent) {
    body.push_str(
        "<h2>按品类 <span class=\"e\" lang=\"en\">By item</span></h2><table><tr><th>物资</th><th>单位</th>",
    );
    headings(body);
    body.push_str("</tr>");
    for total in &content.totals {
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td>",
            escaped(&total.item_name),
            escaped(&total.base_unit)
        );
        figures(body, &total.figures);
        body.push_str("</tr>");
    }
    body.push_str(
        "</table><p>期初在库 + 期初在途 + 期初借出 + 接收 + 动用 + 回收 = 在库 + 在途 + 借出未还 + 发放 + 核销 + 盘亏净额 + 转换。</p>",
    );
}

fn lines(body: &mut String, content: &StatementContent) {
    body.push_str(
        "<h2>按批次 <span class=\"e\" lang=\"en\">By lot</span></h2><table><tr><th>接收单位</th>\
         <th>物资</th><th>批次</th><th>来源</th><th>捐赠人</th><th>单价</th>",
    );
    headings(body);
    body.push_str("<th>接收金额</th><th>发放金额</th></tr>");
    for line in &content.lines {
        let donor = match (&line.donor_class, &line.donor_name) {
            (_, Some(name)) => escaped(name),
            (Some(class), None) => class_of(class).to_owned(),
            (None, None) => String::new(),
        };
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{donor}</td><td class=\"n\">{}</td>",
            escaped(&line.owner_name),
            escaped(&line.item_name),
            escaped(line.batch.as_deref().unwrap_or_default()),
            escaped(source_of(&line.source)),
            money(line.unit_value.as_deref(), line.currency.as_deref()),
        );
        figures(body, &line.figures);
        for value in [&line.received_value, &line.issued_value] {
            let value = money(value.as_deref(), line.currency.as_deref());
            let _ = write!(body, "<td class=\"n\">{value}</td>");
        }
        body.push_str("</tr>");
    }
    body.push_str("</table>");
}

fn places(body: &mut String, content: &StatementContent) {
    body.push_str(
        "<h2>发放去向 <span class=\"e\" lang=\"en\">Where it was issued</span></h2><table>\
         <tr><th>接收单位</th><th>物资</th><th>乡镇（街道）</th><th>灾害事件</th><th>数量</th>\
         <th>金额</th></tr>",
    );
    for place in &content.places {
        let division = match (&place.division_name, &place.division_code) {
            (Some(name), Some(code)) => format!("{name}（{code}）"),
            (None, Some(code)) => code.clone(),
            (_, None) => "未载明".to_owned(),
        };
        let _ = write!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{} {}</td>\
             <td class=\"n\">{}</td></tr>",
            escaped(&place.owner_name),
            escaped(&place.item_name),
            escaped(&division),
            escaped(place.incident_name.as_deref().unwrap_or_default()),
            place.quantity,
            escaped(&place.base_unit),
            money(place.issued_value.as_deref(), place.currency.as_deref()),
        );
    }
    body.push_str("</table>");
}

fn headings(body: &mut String) {
    for figure in Figure::ALL {
        let _ = write!(body, "<th>{}</th>", word(*figure));
    }
}

fn figures(body: &mut String, figures: &LotFiguresView) {
    for (_, value) in figures.parts() {
        let _ = write!(body, "<td class=\"n\">{value}</td>");
    }
}

fn money(amount: Option<&str>, currency: Option<&str>) -> String {
    match (amount, currency) {
        (Some(amount), Some("CNY") | None) => escaped(amount),
        (Some(amount), Some(other)) => escaped(&format!("{amount} {other}")),
        (None, _) => String::new(),
    }
}

const fn word(figure: Figure) -> &'static str {
    match figure {
        Figure::OpeningOnHand => "期初在库",
        Figure::OpeningOnRoad => "期初在途",
        Figure::OpeningOnLoan => "期初借出",
        Figure::Received => "接收",
        Figure::Drawn => "动用",
        Figure::Returned => "回收",
        Figure::OnHand => "在库",
        Figure::OnRoad => "在途",
        Figure::OnLoan => "借出未还",
        Figure::Issued => "发放",
        Figure::WrittenOff => "核销",
        Figure::CountDifference => "盘亏净额",
        Figure::Converted => "转换",
    }
}

fn class_of(class: &str) -> &str {
    match class {
        "individual" => "个人",
        "enterprise" => "企业",
        "institution" => "事业单位",
        "foundation" => "基金会、社会团体",
        "society" => "红十字会",
        "government" => "政府部门",
        "anonymous" => "匿名",
        _ => "未登记",
    }
}

fn source_of(source: &str) -> &str {
    match source {
        "purchase" => "采购",
        "donation" => "捐赠",
        "transfer_in" => "调入",
        "forfeit" => "罚没",
        "opening" => "期初",
        "conversion" => "组装拆解",
        "disposal" => "报废拆件",
        "recovery" => "回收",
        other => other,
    }
}

// Days and hours as people in China read them.
fn moment(at: DateTime<Utc>) -> String {
    let time = at + chrono::TimeDelta::hours(8);
    format!("{} {}", day_at_depots(at), time.format("%H:%M"))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
         <style>{STYLE}</style><body>{body}</body></html>",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_text_and_nothing_else() {
        assert_eq!(
            escaped("<script>alert(\"1\")</script>&'棉被"),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;棉被"
        );
    }

    #[test]
    fn moments_are_those_of_china() {
        let at = "2026-11-03T16:05:00Z".parse().unwrap();
        assert_eq!(moment(at), "2026-11-04 00:05");
    }
}
