//! Documents that mean harm, or are wrong.

use reqwest::Method;
use tests::{client::fresh_key, mutation, on_both};

use super::{EXAMPLE, Message, post};

// Entities that double at each level, as those of old did.
fn laughs() -> String {
    let mut text = "<!DOCTYPE lolz [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        let tens = format!("&l{};", level - 1).repeat(10);
        text += &format!("<!ENTITY l{level} \"{tens}\">");
    }
    EXAMPLE
        .replacen("?>", &format!("?>{text}]>"), 1)
        .replace("示例市气象台发布", "&l9;")
}

on_both!(
    hostile_documents_are_refused_before_they_are_read,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let (worker, province) = (&relief.worker, &relief.ground.province);
        let before = server.row_counts().await;
        let outside = |what: &str| EXAMPLE.replacen("?>", &format!("?>{what}"), 1);
        let utf_16: Vec<u8> = EXAMPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (gbk, _, _) = encoding_rs::GBK.encode(EXAMPLE);
        let deep = format!("{}{}", "<area>".repeat(5_000), "</area>".repeat(5_000));
        for document in [
            laughs().into_bytes(),
            outside("<!DOCTYPE alert SYSTEM \"file:///etc/passwd\">").into_bytes(),
            outside("<!DOCTYPE alert PUBLIC \"x\" \"http://169.254.169.254/\">").into_bytes(),
            EXAMPLE.replace("台风红色", "&xxe;").into_bytes(),
            EXAMPLE
                .replace("<info>", &format!("<info>{deep}"))
                .into_bytes(),
            EXAMPLE
                .replace("<info>", &format!("<info>{}", "<a/>".repeat(50_000)))
                .into_bytes(),
            EXAMPLE.replace("cap:1.2", "cap:1.1").into_bytes(),
            EXAMPLE
                .replace("<alert xmlns=", "<alert xmlns:c=")
                .into_bytes(),
            EXAMPLE.replace("<info>", "<c:info>").into_bytes(),
            EXAMPLE.replace("<info>", "<info a='1' a='2'>").into_bytes(),
            EXAMPLE.replace("\"UTF-8\"", "\"GB18030\"").into_bytes(),
            EXAMPLE.replace("台风红色", "&#0;").into_bytes(),
            utf_16,
            gbk.into_owned(),
            EXAMPLE.as_bytes()[..900].to_vec(),
            b"{}".to_vec(),
            Vec::new(),
        ] {
            let answer = post(worker, province, document).await;
            answer.refused(422, "invalid-xml");
        }
        let huge = EXAMPLE.replace("停止户外作业", &"停".repeat(400_000));
        let huge = post(worker, province, huge.into_bytes()).await;
        assert_eq!(huge.refused(413, "body-too-large")["limit_bytes"], 1 << 20);
        let call = worker.call(Method::POST, "/v1/alerts").key(&fresh_key());
        let call = call.query("organisation_id", province);
        let plain = call.body("text/plain", EXAMPLE.into()).await;
        plain.refused(415, "unsupported-media-type");
        assert_eq!(server.row_counts().await, before);
    }
);

on_both!(
    every_fault_is_told_by_the_path_of_its_element,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let (worker, province) = (&relief.worker, &relief.ground.province);
        let message = Message::new("A", 0)
            .with("Immediate", "Now")
            .with("2099-08-02T06:00:00+08:00", "2026-08-01T00:00:00Z")
            .with("29.80,121.70 6.5", "29.80,121.70");
        let answer = post(worker, province, message.bytes()).await;
        answer.refused(422, "invalid-request");
        let faults = [
            ("/alert/info[1]/area[1]/circle[1]", "format"),
            ("/alert/info[1]/expires", "format"),
            ("/alert/info[1]/urgency", "choice"),
        ];
        let faults = faults.map(|(path, code)| (path.to_owned(), code.to_owned()));
        assert_eq!(answer.faults(), faults);
        let ahead = Message::new("B", 0).with("<sent>2026", "<sent>2098");
        let ahead = ahead.with("<effective>2026", "<effective>2098");
        let ahead = post(worker, province, ahead.bytes()).await;
        ahead.refused(422, "invalid-request");
        assert_eq!(
            ahead.faults(),
            [("/alert/sent".to_owned(), "out-of-range".to_owned())]
        );
    }
);

on_both!(
    no_document_is_a_fault_of_ours,
    ["alert_senders" = "33020041600000"],
    async |server| {
        let relief = server.relief().await;
        let update = Message::new("U", 10).about("Update", &[("A", 0)]).bytes();
        let seeds: [&[u8]; 2] = [EXAMPLE.as_bytes(), &update];
        for case in mutation::cases("alert over HTTP", 150, &seeds) {
            let answer = post(&relief.worker, &relief.ground.province, case.input.clone()).await;
            assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
        }
    }
);
