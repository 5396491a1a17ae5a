//! The people who respond. So far: who has the room open now.

pub mod api;
pub mod presence;
pub mod theories;
