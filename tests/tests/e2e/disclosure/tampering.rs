//! A statement that somebody changed in the database is noticed.

use tests::{Database, on_both};

use super::{lot_of, scene};

on_both!(verify_compares_statements_with_the_ledger, async |server| {
    let scene = scene(server).await;
    let gift = lot_of(&scene.gift(100, "宁波纺织厂", "SL-1").await);
    scene.issue(&gift, 30, "330203104").await;
    server.seal().await;
    let statement = scene.prepare(scene.body()).await;
    scene.publish(&statement).await;
    server.prove().await;
    let told = async || {
        let report = server.verify().await;
        let about: Vec<_> = report
            .findings
            .into_iter()
            .map(|finding| finding.what)
            .collect();
        about
            .into_iter()
            .filter(|what| what.starts_with(&statement))
            .collect::<Vec<_>>()
    };
    server
        .execute(
            "UPDATE statement SET content = REPLACE(content, '\"issued\":30', '\"issued\":20')",
        )
        .await;
    assert_eq!(
        told().await,
        [format!("{statement} does not say what was digested")]
    );
    // Whoever also changes the digest cannot change the arithmetic.
    let content = match server.database() {
        Database::Sqlite => None,
        Database::Postgres => {
            Some("UPDATE statement SET digest = encode(sha256(convert_to(content, 'UTF8')), 'hex')")
        }
    };
    if let Some(sql) = content {
        server.execute(sql).await;
        assert_eq!(
            told().await,
            [format!("{statement} does not balance for {gift}")]
        );
        server.execute("UPDATE statement SET content = REPLACE(content, '\"on_hand\":70', '\"on_hand\":80')").await;
        server.execute(sql).await;
        assert_eq!(
            told().await,
            [format!("{statement} does not say what the ledger says")]
        );
        server.execute("UPDATE statement SET content = REPLACE(content, '\"on_hand\":80', '\"on_hand\":70')").await;
    }
    server
        .execute(
            "UPDATE statement SET content = REPLACE(content, '\"issued\":20', '\"issued\":30')",
        )
        .await;
    if let Some(sql) = content {
        server.execute(sql).await;
    }
    server.prove().await;
    // Nor does it help to say that gifts were published on another day.
    server
        .execute("UPDATE disclosed_gift SET disclosed_on = '1' || disclosed_on")
        .await;
    assert_eq!(
        told().await,
        [format!(
            "{statement} did not publish the gifts that it is said to have published"
        )]
    );
    server
        .execute("UPDATE disclosed_gift SET disclosed_on = SUBSTR(disclosed_on, 2)")
        .await;
    server.prove().await;
});
