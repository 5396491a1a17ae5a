//! The lanes of an incident: time from left to right, and beneath each other
//! status, roles, work, hand-offs, entries and the people who wrote them. Told
//! as it happened, with corrections applied. Who was merely present is in no
//! log, and is not drawn.

mod bands;
mod draw;
mod layout;
mod pages;
mod people;
mod story;
mod text;
mod window;

pub use pages::{Range, show};
