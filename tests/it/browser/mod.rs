//! People in real browsers.

mod arriving;
mod crisis;
mod following;
mod handing_over;
mod harness;
mod lanes;
mod pages;
mod pasting;
mod questions;
mod relieving;
mod replay;
mod tabs;
mod unsent;
mod updating;
