//! What an admin edits.

pub mod instance;
pub mod links;
pub mod people;
pub mod roles;
pub mod severities;
pub mod tokens;
