//! Declaring well: private incidents, drills, incidents written down
//! afterwards, similar ones, and merging.

mod merging;
mod past;
mod private;
mod similar;
