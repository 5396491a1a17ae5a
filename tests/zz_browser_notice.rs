//! Says at the end of a run, last and plainly, that no browser took part.
//!
//! libtest has no hook after all tests, so this is a test target of its own
//! that tests nothing. Cargo runs targets by name: this one comes after `it`.

#[path = "it/support/browser/programs.rs"]
mod programs;

fn main() {
    // nextest asks each target for its tests; here are none.
    let asked_for_a_list = std::env::args().any(|argument| argument == "--list");
    if !asked_for_a_list && programs::find().is_none() {
        println!("\n{}\n", programs::MISSING);
    }
}
