//! The contract, backend by backend.

use std::{
    future::{self, Ready},
    ops::Deref,
    sync::Arc,
};

use tempfile::TempDir;

use crate::store::{Sqlite, memory};

/// A store in a directory that goes with it.
struct InDirectory(Sqlite, #[expect(dead_code, reason = "removed when dropped")] TempDir);

impl Deref for InDirectory {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        &self.0
    }
}

async fn sqlite_store() -> InDirectory {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(&directory.path().join("spanner.db")).await.expect("a store");
    InDirectory(store, directory)
}

fn memory_store() -> Ready<Arc<memory::Memory>> {
    future::ready(memory::Memory::new())
}

macro_rules! contract {
    ($($name:ident,)*) => {
        contract!(sqlite, sqlite_store: $($name,)*);
        contract!(in_memory, memory_store: $($name,)*);
    };
    ($backend:ident, $open:ident: $($name:ident,)*) => {
        mod $backend {
            $(
                #[tokio::test]
                async fn $name() {
                    let store = super::$open().await;
                    crate::store::contract::$name(&*store).await;
                }
            )*
        }
    };
}

contract! {
    keys_are_kept_as_they_were_given,
    a_key_never_takes_the_place_of_another,
    a_revocation_may_be_listed_twice_and_is_forgotten_when_its_time_is_over,
    of_two_cut_offs_of_one_kind_the_later_holds,
    what_is_spent_is_what_was_saved_last_until_it_has_come_back,
    an_agent_has_the_account_saved_last,
    a_collaboration_has_the_permission_saved_last,
    a_forgotten_account_has_been_let_into_nothing,
    the_first_number_met_under_a_name_stays_pinned,
    nobody_keeps_a_place_in_a_repository_that_was_let_go,
    a_name_is_hers_who_came_with_it_first_until_it_is_let_go,
    the_name_she_came_with_last_is_the_current_one,
    a_lock_stays_as_it_was_first_until_it_is_removed,
    a_lock_holds_every_identity_it_was_ever_given,
    records_are_numbered_in_the_order_they_come,
    a_large_push_is_one_group,
    a_group_written_again_changes_nothing_and_has_the_same_numbers,
    a_proof_is_taken_once_and_a_replay_leaves_no_record,
    a_line_says_all_that_was_recorded,
    a_permit_without_an_outcome_is_unknown_and_a_refusal_needs_none,
    each_filter_finds_its_lines,
    a_search_gives_the_newest_lines_and_goes_on_after_any_line,
}
