//! People in real browsers.

mod crisis;
mod harness;
mod pages;
mod pasting;
mod replay;
mod tabs;
mod unsent;
