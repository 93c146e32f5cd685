//! What dispatchers who get in each other's way are answered.

use tests::Answer;

/// Done, or refused because of what somebody else did.
#[track_caller]
pub(super) fn expected(answer: &Answer, done: u16) {
    let is_so = answer.status == done || answer.status == 409;
    assert!(
        is_so,
        "{}: {} {}",
        answer.request, answer.status, answer.text
    );
}
