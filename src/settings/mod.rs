//! What an admin edits.

pub mod people;
pub mod roles;
pub mod severities;
pub mod tokens;
