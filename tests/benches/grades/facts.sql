-- What the yardstick asks of every depot, by hand: the profile, the piles of its seven items, labels
-- and expired goods, donations, whole counts, papers, orders, duties and arrivals.
WITH
of_list AS (
    SELECT id FROM item WHERE name IN (SELECT value FROM json_each(:names))
),
goods AS (
    SELECT b.depot_id, b.on_hand, b.reserved, b.condition, l.*
    FROM balance AS b JOIN lot AS l ON l.id = b.lot_id
    WHERE b.account_kind = 'zone' AND b.on_hand > 0
)
SELECT 'depot', id, level, profile, organisation_id, operation, NULL, NULL, NULL FROM depot
UNION ALL
SELECT 'pile', depot_id, item_id, owner_id, condition, expires_on, restriction_kind,
       sum(on_hand), sum(reserved)
FROM goods WHERE recalled_at IS NULL AND item_id IN of_list
GROUP BY depot_id, item_id, owner_id, condition, expires_on, restriction_kind
UNION ALL
SELECT 'lots', depot_id, item_id, count(DISTINCT id),
       count(DISTINCT CASE WHEN batch IS NOT NULL AND maker IS NOT NULL
                            AND produced_on IS NOT NULL THEN id END),
       sum(CASE WHEN condition = 'usable' AND expires_on < :day THEN on_hand ELSE 0 END),
       NULL, NULL, NULL
FROM goods GROUP BY depot_id, item_id
UNION ALL
SELECT DISTINCT 'donated', depot_id, id, created_at, produced_on, expires_on, NULL, NULL, NULL
FROM goods WHERE source = 'donation' AND expires_on IS NOT NULL
UNION ALL
SELECT 'count', s.depot_id, s.id, s.ended_at, count(l.line),
       sum(CASE WHEN l.round = 1 AND l.difference = 0 THEN 1 ELSE 0 END), NULL, NULL, NULL
FROM stocktake AS s
LEFT JOIN stocktake_line AS l ON l.depot_id = s.depot_id AND l.stocktake_id = s.id
WHERE s.state = 'settled' AND s.extent = 'whole'
GROUP BY s.depot_id, s.id, s.ended_at
UNION ALL
SELECT DISTINCT 'paper', depot_id, kind, date(occurred_at, '+8 hours'),
       date(recorded_at, '+8 hours'), NULL, NULL, NULL, NULL
FROM movement WHERE kind IN ('receipt', 'issue') AND recorded_at >= :since
UNION ALL
SELECT 'order', o.depot_id, o.approved_at, o.site_id, o.state, o.paper_due_at, o.papered_at,
       (SELECT min(h.occurred_at) FROM shipment AS s
        JOIN hand_over AS h ON h.depot_id = s.depot_id AND h.shipment_id = s.id
        WHERE s.depot_id = o.depot_id AND s.order_id = o.id AND h.reversed_at IS NULL), NULL
FROM dispatch_order AS o
WHERE o.approved_at >= :since AND o.state NOT IN ('rejected', 'cancelled')
UNION ALL
-- The last day on which a lot came into a depot, was restacked there or was tested anywhere.
SELECT 'stored', depot_id, id, min(created_at), max(produced_on),
       (SELECT max(r.done_on) FROM duty_record_lot AS x
        JOIN duty_record AS r ON r.depot_id = x.depot_id AND r.id = x.record_id
        WHERE x.lot_id = goods.id AND r.withdrawn_at IS NULL), NULL, NULL, NULL
FROM goods GROUP BY depot_id, id
UNION ALL
SELECT 'done', depot_id, kind, max(done_on), NULL, NULL, NULL, NULL, NULL
FROM duty_record WHERE withdrawn_at IS NULL GROUP BY depot_id, kind
UNION ALL
SELECT DISTINCT 'came', depot_id, came_on, accepted_on, NULL, NULL, NULL, NULL, NULL
FROM arrival WHERE state <> 'withdrawn' AND (came_on >= :day OR state = 'waiting')
