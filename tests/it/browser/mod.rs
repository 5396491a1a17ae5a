//! People in real browsers.

mod crisis;
mod harness;
mod pages;
mod tabs;
mod unsent;
