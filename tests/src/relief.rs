//! A province with goods on its shelves and a disaster to answer.
//!
//! **Invariant.** All of it is made over the API.

use serde_json::{Value, json};

use crate::{Client, Ground, Server, client::id};

/// The ground with a worker, an item and two stocked depots.
#[derive(Debug, Clone)]
pub struct Relief {
    /// The tree.
    pub ground: Ground,
    /// Keeper, dispatcher, approver and data steward of the whole province.
    pub worker: Client,
    /// Approver of the whole province: whoever asks for goods does not agree to it.
    pub approver: Client,
    /// 棉被, counted in 床, ten to a 箱.
    pub item: String,
    /// The provincial depot, in Hangzhou.
    pub depot: String,
    /// The city's depot, in Ningbo.
    pub city_depot: String,
    /// A lot of 200 quilts in the provincial depot, the province's own.
    pub lot: String,
}

/// An open incident with one site.
#[derive(Debug, Clone)]
pub struct Disaster {
    /// The incident, declared by the province.
    pub incident: String,
    /// A distribution point of the city's.
    pub site: String,
}

impl Server {
    /// Stocks a province: 200 quilts at 60 yuan in the provincial depot, none in the city's.
    pub async fn relief(&self) -> Relief {
        let ground = self.ground().await;
        let roles = ["keeper", "dispatcher", "approver", "data_steward"];
        let worker = self.person(&roles, &ground.province).await;
        let approver = self.person(&["approver"], &ground.province).await;
        let category = json!({
            "code": "bedding", "name": "被服", "organisation_id": ground.province,
        });
        let category = id(&worker.post("/v1/categories", category).await.expect(201));
        let item = json!({
            "category_id": category, "organisation_id": ground.province, "name": "棉被",
            "name_en": "quilt", "base_unit": "床", "packs": [{ "name": "箱", "base_units": 10 }],
        });
        let item = id(&worker.post("/v1/items", item).await.expect(201));
        let depot = depot(
            &worker,
            &ground.province,
            "provincial",
            "330100",
            [120.16, 30.25],
        )
        .await;
        let city_depot = self::depot(
            &worker,
            &ground.city,
            "municipal",
            "330200",
            [121.55, 29.87],
        )
        .await;
        let lot = worker.receive(&depot, &item, 200, json!({})).await;
        Relief {
            ground,
            worker,
            approver,
            item,
            depot,
            city_depot,
            lot,
        }
    }
}

async fn depot(
    worker: &Client,
    organisation: &str,
    level: &str,
    division: &str,
    [longitude, latitude]: [f64; 2],
) -> String {
    let body = json!({
        "code": format!("D{division}"), "name": format!("{division} 库"), "level": level,
        "operation": "own", "organisation_id": organisation, "division_code": division,
        "place": { "longitude": longitude, "latitude": latitude },
    });
    id(&worker.post("/v1/depots", body).await.expect(201))
}

impl Client {
    /// Receives goods and gives the lot that they became; `facts` are added to the line.
    pub async fn receive(&self, depot: &str, item: &str, quantity: i64, facts: Value) -> String {
        let mut line = json!({
            "item_id": item, "quantity": quantity, "source": "purchase", "unit_value": "60",
            "currency": "CNY",
        });
        if let (Some(line), Value::Object(facts)) = (line.as_object_mut(), facts) {
            line.extend(facts);
        }
        let body = json!({ "depot_id": depot, "lines": [line] });
        let receipt = self.post("/v1/receipts", body).await.expect(201);
        receipt["movement"]["lines"][0]["lot_id"]
            .as_str()
            .expect("a receipt names its lot")
            .to_owned()
    }

    /// What lies in a depot: on hand and reserved, summed over its shelves.
    pub async fn on_hand(&self, depot: &str) -> (i64, i64) {
        let page = self
            .get(&format!("/v1/balances?depot_id={depot}&limit=200"))
            .await
            .expect(200);
        let sum = |member: &str| {
            let items = page["items"].as_array().expect("a page has items");
            items.iter().filter_map(|row| row[member].as_i64()).sum()
        };
        (sum("on_hand"), sum("reserved"))
    }
}

impl Relief {
    /// A typhoon over Haishu with a distribution point of the city's.
    pub async fn disaster(&self) -> Disaster {
        let body = json!({
            "organisation_id": self.ground.province, "name": "台风", "hazard": "typhoon",
            "occurred_at": "2021-07-25T00:00:00Z",
            "affected_area": [{ "kind": "division", "code": "330203" }],
        });
        let incident = id(&self.worker.post("/v1/incidents", body).await.expect(201));
        let body = json!({
            "organisation_id": self.ground.city, "name": "洞桥镇", "kind": "distribution_point",
            "division_code": "330203",
        });
        let path = format!("/v1/incidents/{incident}/sites");
        let site = id(&self.worker.post(&path, body).await.expect(201));
        Disaster { incident, site }
    }

    /// States a need of quilts and gives its id.
    pub async fn need(&self, disaster: &Disaster, quantity: i64) -> String {
        let body = json!({ "lines": [{
            "site_id": disaster.site, "item_id": self.item, "quantity": quantity, "priority": 1,
        }] });
        let path = format!("/v1/incidents/{}/needs", disaster.incident);
        let made = self.worker.post(&path, body).await.expect(201);
        id(&made["needs"][0])
    }

    /// A proposed plan for all open needs.
    pub async fn plan(&self, disaster: &Disaster) -> Value {
        let path = format!("/v1/incidents/{}/plans", disaster.incident);
        self.worker.post(&path, json!({})).await.expect(201)
    }

    /// Confirms a plan and gives its orders.
    pub async fn confirm(&self, plan: &Value) -> Vec<String> {
        let path = format!("/v1/plans/{}/confirm", id(plan));
        let plan = self.worker.act(&path).await.expect(200);
        let orders = plan["order_ids"]
            .as_array()
            .expect("a plan lists its orders");
        orders
            .iter()
            .filter_map(|order| order.as_str().map(str::to_owned))
            .collect()
    }

    /// Logs its people in anew, as after a long time.
    pub async fn log_in_again(&mut self, server: &Server) {
        self.worker = server.log_in_again(&self.worker).await;
        self.approver = server.log_in_again(&self.approver).await;
    }

    /// Does one thing to an order.
    pub async fn act(&self, order: &str, action: &str) -> Value {
        let path = format!("/v1/dispatch-orders/{order}/{action}");
        let person = match action {
            "approve" | "put-on-paper" => &self.approver,
            _ => &self.worker,
        };
        person.act(&path).await.expect(200)
    }

    /// Submits, approves and picks an order.
    pub async fn pick(&self, order: &str) {
        for action in ["submit", "approve", "start-picking"] {
            self.act(order, action).await;
        }
    }

    /// Sends what is left of an order and gives the shipment.
    pub async fn ship(&self, order: &str, body: Value) -> Value {
        let path = format!("/v1/dispatch-orders/{order}/shipments");
        self.worker.post(&path, body).await.expect(201)
    }
}
