//! What the tests stand on: a real server on a real Postgres, a database of
//! its own for every test, and people who use it.

pub mod binary;
pub mod browser;
pub mod contents;
pub mod database;
pub mod events;
pub mod flaky;
pub mod forms;
pub mod html;
pub mod images;
pub mod people;
pub mod program;
pub mod rows;
pub mod server;
pub mod world;

pub use events::Events;
pub use people::{Client, Reply, key, together};
pub use program::Program;
pub use server::Server;
