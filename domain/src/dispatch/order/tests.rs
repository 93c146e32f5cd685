use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::kernel::{Id, kinds};

fn organisation(number: u128) -> Id<kinds::Organisation> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn parties() -> Parties {
    Parties {
        requester: organisation(1),
        owner: organisation(2),
        keeper: organisation(3),
        receiver: organisation(4),
    }
}

fn stamp(party: Party) -> Stamp {
    Stamp {
        organisation: parties().organisation(party),
        at: DateTime::UNIX_EPOCH,
    }
}

fn ask(order: &Order, action: OrderAction, stamp: Stamp) -> Result<OrderState, TransitionError> {
    match action {
        OrderAction::Submit => order.submit(stamp),
        OrderAction::Approve => order.approve(stamp),
        OrderAction::ApproveAlone => order.approve_alone(stamp, "夜间仅一人值班"),
        OrderAction::OrderOrally => {
            order.order_orally(stamp, "总会值班领导", PaperDeadline::default())
        }
        OrderAction::PutOnPaper => order.put_on_paper(stamp),
        OrderAction::Reject => order.reject(stamp, "库存另有用途"),
        OrderAction::StartPicking => order.start_picking(stamp),
        OrderAction::Dispatch => order.dispatch(stamp, false),
        OrderAction::Deliver => order.deliver(stamp),
        OrderAction::ReverseHandOver => order.reverse_hand_over(stamp),
        OrderAction::ReceiveBack => order.receive_back(stamp),
        OrderAction::Close => order.close(stamp),
        OrderAction::Cancel => order.cancel(stamp, "灾情解除"),
        OrderAction::Reduce => order.reduce(stamp),
        OrderAction::Recall => order.recall(stamp, "道路中断"),
    }
}

/// Walks from a draft along the actions, each asked by its first party; `part` sends a part.
fn walk(actions: &str) -> Order {
    let mut order = Order::draft(parties());
    for action in actions.split_whitespace() {
        order.state = if action == "part" {
            order.dispatch(stamp(Party::Keeper), true).unwrap()
        } else {
            let action: OrderAction = action.parse().unwrap();
            ask(&order, action, stamp(action.parties()[0])).unwrap()
        };
    }
    order
}

/// Every state there is, written and oral, with the way to it and what may be asked there.
const TABLE: &[(&str, &str)] = &[
    (
        "",
        "submit>submitted order_orally>approved cancel>cancelled reduce>draft",
    ),
    (
        "submit",
        "approve>approved approve_alone>approved order_orally>approved reject>rejected cancel>cancelled reduce>submitted",
    ),
    ("submit reject", ""),
    ("submit cancel", ""),
    (
        "submit approve",
        "start_picking>picking cancel>cancelled reduce>approved",
    ),
    (
        "submit approve_alone",
        "start_picking>picking cancel>cancelled reduce>approved",
    ),
    ("submit approve cancel", ""),
    (
        "submit approve start_picking",
        "dispatch>dispatched cancel>cancelled",
    ),
    (
        "submit approve start_picking dispatch",
        "deliver>delivered reverse_hand_over>dispatched recall>recalled",
    ),
    (
        "submit approve start_picking part",
        "dispatch>dispatched reverse_hand_over>dispatched recall>recalled",
    ),
    (
        "submit approve start_picking part part",
        "dispatch>dispatched reverse_hand_over>dispatched recall>recalled",
    ),
    (
        "submit approve start_picking part dispatch",
        "deliver>delivered reverse_hand_over>dispatched recall>recalled",
    ),
    (
        "submit approve start_picking dispatch recall",
        "reverse_hand_over>recalled receive_back>recalled",
    ),
    (
        "submit approve start_picking dispatch deliver",
        "reverse_hand_over>dispatched close>closed",
    ),
    ("submit approve start_picking dispatch deliver close", ""),
    (
        "order_orally",
        "put_on_paper>approved start_picking>picking cancel>cancelled reduce>approved",
    ),
    ("order_orally cancel", "put_on_paper>cancelled"),
    (
        "order_orally put_on_paper",
        "start_picking>picking cancel>cancelled reduce>approved",
    ),
    (
        "submit order_orally start_picking",
        "put_on_paper>picking dispatch>dispatched cancel>cancelled",
    ),
    (
        "order_orally start_picking dispatch",
        "put_on_paper>dispatched deliver>delivered reverse_hand_over>dispatched recall>recalled",
    ),
    (
        "order_orally start_picking dispatch recall",
        "put_on_paper>recalled reverse_hand_over>recalled receive_back>recalled",
    ),
    (
        "order_orally start_picking dispatch deliver",
        "put_on_paper>delivered reverse_hand_over>dispatched",
    ),
    (
        "order_orally start_picking dispatch deliver put_on_paper",
        "reverse_hand_over>dispatched close>closed",
    ),
    (
        "order_orally put_on_paper start_picking dispatch deliver close",
        "",
    ),
];

#[test]
fn the_whole_matrix_of_states_and_actions() {
    for (way, expected) in TABLE {
        let order = walk(way);
        let mut arrows = Vec::new();
        for &action in OrderAction::ALL {
            let answer = ask(&order, action, stamp(action.parties()[0]));
            match (answer, action) {
                (Ok(next), _) => arrows.push(format!("{action}>{}", next.name())),
                (Err(TransitionError::NoPaperOwed), OrderAction::PutOnPaper)
                | (Err(TransitionError::NotPapered { .. }), OrderAction::Close) => {}
                (Err(error), _) => {
                    let from = order.state.name();
                    assert_eq!(error, TransitionError::NotFrom { from, action }, "{way}");
                }
            }
        }
        assert_eq!(arrows.join(" "), *expected, "after `{way}`");
    }
    for name in StateName::ALL {
        let reached = TABLE.iter().any(|(way, _)| walk(way).state.name() == *name);
        assert!(reached, "{name} is not in the table");
    }
}

#[test]
fn only_the_party_in_question_may_ask() {
    for (way, _) in TABLE {
        let order = walk(way);
        for &action in OrderAction::ALL {
            let allowed = ask(&order, action, stamp(action.parties()[0])).is_ok();
            for &party in Party::ALL {
                let answer = ask(&order, action, stamp(party));
                let listed = action.parties().contains(&party);
                assert_eq!(
                    answer.is_ok(),
                    allowed && listed,
                    "{way}: {action} by {party}"
                );
                if allowed && !listed {
                    let parties = action.parties();
                    assert_eq!(answer, Err(TransitionError::NotYours { action, parties }));
                }
            }
        }
    }
}

#[test]
fn an_organisation_may_be_several_parties() {
    let own = organisation(7);
    let mut order = Order::draft(Parties {
        requester: own,
        owner: own,
        keeper: own,
        receiver: own,
    });
    let stamp = Stamp {
        organisation: own,
        at: DateTime::UNIX_EPOCH,
    };
    for action in [
        "submit",
        "approve",
        "start_picking",
        "dispatch",
        "deliver",
        "close",
    ] {
        order.state = ask(&order, action.parse().unwrap(), stamp).unwrap();
    }
    assert!(order.state.is_ended());
}

#[test]
fn an_oral_order_cannot_be_closed_without_its_paper() {
    let mut order = walk("order_orally start_picking dispatch deliver");
    let due = DateTime::UNIX_EPOCH + TimeDelta::hours(48);
    assert_eq!(
        order.close(stamp(Party::Owner)),
        Err(TransitionError::NotPapered { due })
    );
    assert!(
        order
            .state
            .paper()
            .is_some_and(|paper| paper.is_overdue(due + TimeDelta::seconds(1)))
    );
    order.state = order.put_on_paper(stamp(Party::Owner)).unwrap();
    assert_eq!(
        order.put_on_paper(stamp(Party::Owner)),
        Err(TransitionError::NoPaperOwed)
    );
    assert!(order.close(stamp(Party::Requester)).is_ok());
    // What was written in the first place owes nothing.
    assert_eq!(
        walk("submit approve").put_on_paper(stamp(Party::Owner)),
        Err(TransitionError::NoPaperOwed)
    );
}

#[test]
fn errors_say_who_and_from_where() {
    let order = walk("submit");
    let text = |answer: Result<OrderState, TransitionError>| answer.unwrap_err().to_string();
    assert_eq!(
        text(order.dispatch(stamp(Party::Keeper), false)),
        "an order that is submitted cannot be asked to dispatch"
    );
    assert_eq!(
        text(order.order_orally(stamp(Party::Keeper), "x", PaperDeadline::default())),
        "only the owner or requester may ask to order_orally"
    );
}
