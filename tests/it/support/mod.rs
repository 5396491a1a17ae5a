//! What the tests stand on: a real server on a real Postgres, a database of
//! its own for every test, and people who use it.

pub mod binary;
pub mod browser;
pub mod contents;
pub mod database;
pub mod events;
pub mod forms;
pub mod people;
pub mod server;

pub use events::Events;
pub use people::{Client, Reply};
pub use server::Server;
