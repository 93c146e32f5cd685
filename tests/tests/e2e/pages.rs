//! Lists, a page at a time.

use tests::on_both;

on_both!(a_list_is_walked_to_its_end, async |server| {
    let ground = server.ground().await;
    let keeper = server.person(&["keeper"], &ground.county).await;
    keeper.get("/v1/me").await.expect(200);
});
