//! What signs for a webhook is kept sealed.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{issue, listen, receiver::Receiver, secret};

on_both!(
    secrets_lie_sealed_and_old_ones_are_sealed_at_the_start,
    ["webhook_hosts" = "127.0.0.1",],
    async |server| {
        let relief = server.relief().await;
        let (worker, receiver) = (&relief.worker, Receiver::start().await);
        let province = &relief.ground.province;
        let made = listen(server, worker, province, &receiver, json!(["stock"])).await;
        let path = format!("/v1/webhooks/{}/rotate-secret", id(&made));
        let rotated = worker.act(&path).await.expect(200);
        let clear = "SELECT COUNT(*) FROM webhook WHERE secret LIKE '%whsec_%' \
                     OR secret_before LIKE '%whsec_%'";
        let sealed = "SELECT COUNT(*) FROM webhook WHERE secret LIKE 'c20p1305.%' \
                      AND secret_before LIKE 'c20p1305.%'";
        assert_eq!(server.number(clear).await, 0);
        assert_eq!(server.number(sealed).await, 1);
        issue(&relief, &relief.lot, 1).await;
        let heard = receiver.hear(1).await;
        heard[0].check(secret(&made));
        heard[0].check(secret(&rotated));

        // As an earlier release left it: it signs all the same, and is sealed by the next hour.
        let (now, before) = (secret(&rotated), secret(&made));
        server
            .execute(&format!(
                "UPDATE webhook SET secret = '{now}', secret_before = '{before}'"
            ))
            .await;
        issue(&relief, &relief.lot, 2).await;
        let heard = receiver.hear(2).await;
        server.run_hourly_jobs().await;
        assert_eq!(server.number(clear).await, 0);
        assert_eq!(server.number(sealed).await, 1);
        issue(&relief, &relief.lot, 3).await;
        let later = receiver.hear(3).await;
        for one in [&heard[1], &later[2]] {
            one.check(secret(&made));
            one.check(secret(&rotated));
        }

        // Where the key is lost nothing can be signed, until there is another secret.
        std::fs::remove_file(server.home().directory.path().join("secrets.key")).unwrap();
        issue(&relief, &relief.lot, 4).await;
        let fresh = worker.act(&path).await.expect(200);
        assert_eq!(fresh["old_secret_until"], Value::Null);
        // What was tried in vain is claimed for a minute.
        server.clock.advance(Duration::from_secs(61));
        let last = receiver.hear(4).await;
        last[3].check(secret(&fresh));
    }
);
