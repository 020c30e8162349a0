//! Hostile input against the program, with a strict recording upstream behind it: the table of `load-tests/hostile`, a
//! gateway for each class.

use std::path::Path;

use gogs_spanner_hostile::{Class, Stage, run};

async fn holds(class: Class) {
    let stage = Stage::set(Path::new(env!("CARGO_BIN_EXE_spanner"))).await.expect("a gateway starts");
    let report = run(stage.scene(), &[class]).await.expect("the gateway can be played against");
    assert!(report.holds(), "{report}");
    assert!(report.accounts.arrived > 0, "nothing was let through:\n{report}");
}

macro_rules! classes {
    ($($name:ident => $class:ident,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                holds(Class::$class).await;
            }
        )*

        #[test]
        fn every_class_is_played() {
            assert_eq!(Class::ALL, [$(Class::$class),*]);
        }
    };
}

classes! {
    one_message_ends_where_the_next_begins => Framing,
    nobody_is_somebody_else_by_a_header => Headers,
    no_other_spelling_of_a_path_and_no_other_door_reaches_the_forge => Target,
    nothing_hides_in_a_query => Query,
    what_is_no_token_is_no_credential => Token,
    every_bound_of_a_request_is_kept => Large,
    whoever_is_slow_or_half_gone_is_not_waited_for => Slow,
    git_bodies_that_lie_are_refused => Git,
    lfs_bodies_that_lie_are_refused => Lfs,
    a_forge_that_lies_is_not_believed => Lying,
}
