//! Agreement stock: what suppliers promised to deliver when they are called (RULES 3.10).
//!
//! **Invariant.** What was called off never exceeds what was agreed, and what was delivered never
//! exceeds what was called off. An agreement that has run out or was ended promises nothing. None of
//! it is stock of a depot before it has come in.

mod agreement;
mod call_off;

pub use agreement::{
    Agreed, Agreement, CallOffRefused, RENEWAL_DAYS, RESPONSE_HOURS_MAX, Standing,
};
pub use call_off::{
    CallOff, CallOffAction, CallOffError, CallOffState, CallOffStateName, Called, Direct,
};
