//! Second Story
pub mod config;
