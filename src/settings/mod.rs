//! What an admin edits.

pub mod people;
pub mod severities;
