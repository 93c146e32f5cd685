//! A grade that holds is objected to, lowered and taken away, and what it was stays to be read.

use serde_json::{Value, json};
use tests::on_both;

use super::assessments::city;

on_both!(
    a_grade_is_objected_to_lowered_and_taken_away,
    async |server| {
        let mut city = city(server).await;
        let province = &city.relief.ground.province;
        let other = server.person(&["approver"], province).await;
        city.in_force(server).await;
        let reason = json!({ "reason": "面积算错了" });
        let refused = city
            .act(
                &city.above,
                "settle",
                json!({ "upheld": true, "reason": "有理" }),
            )
            .await;
        refused.refused(409, "wrong-state");
        let objected = city.act(&city.keeper, "appeal", reason.clone()).await;
        assert_eq!(objected.expect(200)["appeal"], "面积算错了");
        // Whoever decided does not judge the objection to it.
        let refused = city
            .act(
                &city.above,
                "settle",
                json!({ "upheld": false, "reason": "无据" }),
            )
            .await;
        refused.refused(403, "forbidden");
        let other = server.log_in_again(&other).await;
        let dismissed = json!({ "upheld": false, "reason": "复测无误" });
        let settled = city.act(&other, "settle", dismissed).await;
        assert_eq!(settled.expect(200)["state"], "in_force");
        let raise = json!({ "grade": "star5", "reason": "抽查" });
        let refused = city.act(&city.above, "downgrade", raise).await;
        refused.refused(422, "invalid-request");
        let lower = json!({ "grade": "star1", "reason": "抽查发现账实不符" });
        let lowered = city.act(&city.above, "downgrade", lower).await.expect(200);
        assert_eq!(
            (&lowered["grade"], &lowered["computed_grade"]),
            (&json!("star1"), &json!("star3"))
        );
        let taken = city.act(&city.above, "revoke", reason).await.expect(200);
        assert_eq!(
            (&taken["state"], &taken["ending"]),
            (&json!("ended"), &json!("revoked"))
        );
        // What it was before, and why it is so no more, stays to be read.
        let acts = taken["acts"].as_array().expect("a list");
        let told: Vec<_> = acts
            .iter()
            .map(|act| (&act["act"], &act["state"], &act["grade"], &act["reason"]))
            .skip_while(|(act, ..)| *act != "appeal")
            .collect();
        let star = |level: &str| json!(level);
        let (force, none) = (json!("in_force"), Value::Null);
        let expected = [
            (
                json!("appeal"),
                force.clone(),
                star("star3"),
                json!("面积算错了"),
            ),
            (
                json!("settle"),
                force.clone(),
                star("star3"),
                json!("复测无误"),
            ),
            (
                json!("downgrade"),
                force,
                star("star1"),
                json!("抽查发现账实不符"),
            ),
            (json!("revoke"), json!("ended"), none, json!("面积算错了")),
        ];
        for (told, expected) in told.iter().zip(&expected) {
            let (act, state, grade, reason) = expected;
            assert_eq!(*told, (act, state, grade, reason), "{acts:#?}");
        }
        assert_eq!(told.len(), expected.len(), "{acts:#?}");
        assert_eq!(acts[0]["act"], "submit");
        assert!(acts.iter().any(|act| act["act"] == "decide"), "{acts:#?}");
        let page = server
            .anonymous()
            .get("/v1/public/rating-notices")
            .await
            .expect(200);
        assert_eq!(page["items"], json!([]));
    }
);
