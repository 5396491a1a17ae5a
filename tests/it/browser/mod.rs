//! People in real browsers.

mod crisis;
mod handing_over;
mod harness;
mod pages;
mod pasting;
mod relieving;
mod replay;
mod tabs;
mod unsent;
