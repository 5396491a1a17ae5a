//! People in real browsers.

mod harness;
