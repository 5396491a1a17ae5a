//! People in real browsers.

mod arriving;
mod crisis;
mod handing_over;
mod harness;
mod lanes;
mod pages;
mod pasting;
mod relieving;
mod replay;
mod tabs;
mod unsent;
mod updating;
