//! Second Story
pub mod config;
pub mod postgres;
