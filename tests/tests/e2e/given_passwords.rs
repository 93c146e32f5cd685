//! A password that an administrator gave, and what it is good for.

use serde_json::{Value, json};
use tests::{
    Answer, Server, on_both,
    people::{GIVEN, PASSWORD},
};

async fn log_in(server: &Server, login: &Value, password: &str, new: Option<&str>) -> Answer {
    let mut body = json!({ "login": login, "password": password });
    if let Some(new) = new {
        body["new_password"] = new.into();
    }
    server.anonymous().post("/v1/sessions", body).await
}

// ASVS 5.0.0 6.4.1.
on_both!(
    a_given_password_is_changed_before_anything_else,
    async |server| {
        let ground = server.ground().await;
        let login = json!("zhang");
        let body = json!({
            "login": login, "name": "Z", "password": GIVEN, "organisation_id": ground.county,
            "grants": [{ "role": "keeper", "organisation_id": ground.county }],
        });
        let made = ground.admin.post("/v1/accounts", body).await.expect(201);
        let owing = log_in(server, &login, GIVEN, None).await;
        owing.refused(401, "password-given");
        assert_eq!(server.number("SELECT COUNT(*) FROM session").await, 2);
        // Whoever does not know it learns nothing of that.
        let wrong = log_in(server, &login, "wrong", Some(PASSWORD)).await;
        wrong.refused(401, "login-failed");
        let same = log_in(server, &login, GIVEN, Some(GIVEN)).await;
        assert_eq!(same.faults(), [("/new_password".into(), "password".into())]);
        let weak = log_in(server, &login, GIVEN, Some("short")).await;
        assert_eq!(weak.faults(), [("/new_password".into(), "password".into())]);
        let session = log_in(server, &login, GIVEN, Some(PASSWORD)).await;
        let session = session.expect(201);
        let anonymous = server.anonymous();
        let holder = anonymous.with_token(session["token"].as_str().unwrap());
        holder.get("/v1/depots").await.expect(200);
        log_in(server, &login, PASSWORD, None).await.expect(201);
        let old = log_in(server, &login, GIVEN, None).await;
        old.refused(401, "login-failed");
        // A reset is a gift, too, and one's own change is none.
        let path = format!("/v1/accounts/{}/password", made["id"].as_str().unwrap());
        let reset = ground.admin.post(&path, json!({ "new": GIVEN })).await;
        reset.expect(200);
        holder.get("/v1/me").await.refused(401, "unauthenticated");
        let owing = log_in(server, &login, GIVEN, None).await;
        owing.refused(401, "password-given");
        let session = log_in(server, &login, GIVEN, Some(PASSWORD)).await;
        let session = session.expect(201);
        let holder = anonymous.with_token(session["token"].as_str().unwrap());
        let same = json!({ "current": PASSWORD, "new": PASSWORD });
        let same = holder.post(&path, same).await;
        assert_eq!(same.faults(), [("/new".into(), "password".into())]);
        let change = json!({ "current": PASSWORD, "new": "nine ladders and a rope" });
        holder.post(&path, change).await.expect(200);
        let own = log_in(server, &login, "nine ladders and a rope", None).await;
        own.expect(201);
    }
);

on_both!(the_first_account_chose_its_own, async |server| {
    // Whoever had the setup code typed the password.
    let admin = server.setup().await;
    admin.get("/v1/me").await.expect(200);
});
