//! The product as its users see it: on a real Postgres, over real HTTP, in
//! real browsers.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod aliases;
mod api;
mod attachments;
mod bad_input;
mod brief;
mod browser;
mod crash;
mod cross_site;
mod declaring;
mod demo;
mod front;
mod headers;
mod import;
mod incidents;
mod keys;
mod links;
mod list;
mod live;
mod moments;
mod one_command;
mod people;
mod presence;
mod private_postgres;
mod questions;
mod replay;
mod response;
mod routes;
mod sharing;
mod structure;
mod support;
mod tabs;
mod timeline;
mod updates;
