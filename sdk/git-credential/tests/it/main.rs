//! The program, as git runs it: a question on standard input, an answer on standard output, and what people are told.

mod bounds;
mod desk;
mod protocol;
