//! What an admin edits.

pub mod people;
pub mod severities;
pub mod tokens;
