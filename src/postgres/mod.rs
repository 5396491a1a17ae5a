//! The database: a Postgres named by `DATABASE_URL`, or a private one of our own.
//!
//! The private one needs nothing set up. In the order things happen at a start:
//!
//! - `lock`: one process owns a data folder;
//! - `place`: where the cluster lies, and `account`: who of this machine runs it;
//! - `programs`: the first fitting of the `candidates`, by `fetch` as a last
//!   resort, or what `not_found` says;
//! - `cluster`: the files, made once;
//! - `socket`: the way to it;
//! - `postmaster`: the process, and `keeper`: the thread that keeps it alive.
//!
//! [`batch`] is how requests ask it together.
//!
//! [`private`] is all of it as one thing, and the only door. [`Database`] is
//! either of the two, connected and migrated.

pub mod batch;
pub mod connect;
pub mod private;

mod account;
mod candidates;
mod cluster;
mod fetch;
mod keeper;
mod lock;
mod not_found;
mod place;
mod postmaster;
mod programs;
mod socket;

pub use connect::Database;
