//! The same stories before a real Gogs, whose binary `GOGS_BIN` names.

mod guides;
mod people;

use gogs_spanner_testkit::{Forge, Gogs, GogsSetting, Setting};

use crate::{answers, ci_bot, doctor, escapes, examples, init, limited_reads, mentions, stories};

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_bot_clones_and_pushes_a_branch_of_its_own() {
    stories::clones_and_pushes(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_forbidden_branch_is_refused_with_reason_and_hint() {
    stories::is_refused_a_branch_with_reason_and_hint(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_push_with_one_forbidden_ref_changes_nothing() {
    stories::pushes_all_or_nothing(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_fast_forward_passes_and_a_force_does_not() {
    stories::updates_but_does_not_force(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_file_is_written_through_the_api_only_where_it_could_be_pushed() {
    stories::writes_files_through_the_api_as_it_could_push_them(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_wiki_is_kept_with_rights_to_it_alone() {
    stories::keeps_a_wiki_with_rights_to_it_alone(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_bot_is_limited_to_some_paths() {
    stories::is_limited_to_some_paths(Forge::live().await, Setting::new()).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_bot_is_limited_to_some_paths_beside_the_store() {
    stories::is_limited_to_some_paths(Forge::live().await, Setting::new().beside_the_store()).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn the_pipeline_bot_of_the_examples_pushes() {
    ci_bot::pushes(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn the_review_agent_of_the_examples_does_the_allowed_thing() {
    examples::reviews(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn the_workers_of_the_examples_stay_within_their_errands() {
    examples::delegates(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_revoked_token_opens_no_door() {
    stories::is_shut_out_once_its_token_is_revoked(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_large_file_is_pushed_cloned_pruned_and_pulled() {
    stories::moves_large_files(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_large_file_for_a_branch_nobody_granted_is_refused_with_reason_and_hint() {
    stories::is_refused_a_large_file_with_reason_and_hint(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn what_gogs_says_of_objects_reads_as_the_specification_says() {
    stories::is_told_of_objects_as_the_specification_says(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn an_agent_has_an_account_of_its_own() {
    stories::is_known_to_the_forge_as_itself(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_name_that_passed_to_another_repository_is_refused_until_an_operator_confirms() {
    stories::is_kept_from_a_repository_that_took_a_name(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn what_init_writes_serves_and_leads_to_a_clone() {
    init::leads_to_a_clone(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_good_gogs_and_a_good_gateway_are_fine() {
    let gogs = Gogs::start(&GogsSetting::default()).await.expect("GOGS_BIN names a Gogs that starts");
    let app_ini = gogs.app_ini();
    doctor::says_nothing_but_fine(&Forge::Live(gogs), &app_ini).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn each_bad_setting_of_gogs_is_found() {
    let setting = GogsSetting::default().local_root_url("http://127.0.0.1:1/").key("", "RUN_MODE", "dev");
    let setting = setting.key("auth", "DISABLE_REGISTRATION", "false").key("auth", "REQUIRE_SIGNIN_VIEW", "false");
    let setting = setting.key("auth", "ENABLE_REVERSE_PROXY_AUTHENTICATION", "true");
    let setting = setting.key("auth", "TRUSTED_PROXY_IPS", "0.0.0.0/0");
    let gogs = Gogs::start(&setting).await.expect("GOGS_BIN names a Gogs that starts");
    let app_ini = gogs.app_ini();
    assert_eq!(doctor::finds_each_bad_setting(&Forge::Live(gogs), &app_ini).await, doctor::BAD_SETTINGS);
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn an_account_that_was_tampered_with_is_found() {
    doctor::finds_an_account_that_was_tampered_with(&Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn links_lead_through_the_agents_door_whatever_people_call_the_forge() {
    for external in ["http://agents.example.test/", "https://git.example.test/", "https://example.test/a/gogs/"] {
        let forge = Forge::live_with(&GogsSetting::default().external_url(external)).await;
        answers::links_lead_through_the_agents_door(forge, external).await;
    }
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_list_across_repositories_shows_what_the_token_may_read() {
    answers::lists_show_what_the_token_may_read(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_file_is_downloaded_and_never_becomes_a_page() {
    answers::files_are_downloaded_and_never_become_pages(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn one_path_of_one_branch_is_read() {
    limited_reads::reads_a_path_of_a_branch(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn what_is_not_that_path_of_that_branch_is_refused() {
    limited_reads::is_refused_what_is_not_that_path_of_that_branch(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn files_of_any_name_are_written_as_they_could_be_pushed() {
    escapes::writes_files_of_any_name_as_it_could_push_them(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn what_a_commit_says_of_issues_is_decided_as_a_write_to_them() {
    let forge = Forge::live().await;
    let closed = mentions::writes_issues_only_where_it_may(forge).await;
    assert_eq!(closed, "closed", "Gogs does what is decided on");
}
