"""Against the real gateway: renewal under load, outages, keys and proofs that change, narrowing either way, git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gogs_spanner import DiscoveryError, NarrowingError, ProofError, Refused, _offline

from .clock import ManualClock
from .kinds import Kind
from .scene import Scene
from .vectors import load

HANDBOOK = "/api/v1/repos/acme/handbook"


@pytest.fixture
def clock(scene: Scene) -> ManualClock:
    return scene.clock()


@pytest.fixture
def session(scene: Scene, kind: Kind, clock: ManualClock) -> Any:
    return kind.session(url=scene.url, agent="docs-writer", key_file=scene.key_file(), clock=clock)


def pass_time(scene: Scene, clock: ManualClock, seconds: int) -> None:
    """For the gateway as for us."""
    clock.advance(seconds)
    scene.do("advance", seconds=seconds)


@pytest.mark.parametrize("seconds", [780, 901], ids=["before its end", "after its end"])
def test_two_hundred_calls_around_the_end_of_a_token_cost_one_exchange(
    session: Any, kind: Kind, scene: Scene, clock: ManualClock, seconds: int
) -> None:
    kind.do(session.token)
    pass_time(scene, clock, seconds)
    client = session.client()
    answers = kind.crowd(200, lambda: client.get(HANDBOOK))
    assert {answer.status_code for answer in answers} == {200}
    assert scene.issued() == 2


def test_a_gateway_that_is_down_for_a_minute_costs_no_valid_token(
    session: Any, kind: Kind, scene: Scene, clock: ManualClock
) -> None:
    first = kind.do(session.token).expose()
    pass_time(scene, clock, 800)
    scene.do("stop")
    for _ in range(6):
        assert kind.do(session.token).expose() == first
        pass_time(scene, clock, 10)
    scene.do("start")
    assert kind.do(session.client().get, HANDBOOK).status_code == 200
    assert kind.do(session.token).expose() != first
    assert scene.issued() == 2


@pytest.mark.parametrize("seconds", [-3600, 3600], ids=["an hour behind", "an hour ahead"])
def test_a_machine_whose_clock_is_wrong_gets_tokens_all_the_same(
    kind: Kind, scene: Scene, clock: ManualClock, seconds: int
) -> None:
    clock.set_wall(seconds)
    session = kind.session(url=scene.url, agent="docs-writer", key_file=scene.key_file(), clock=clock)
    token = kind.do(session.token)
    assert (token.expires - clock.now().time).total_seconds() == 900
    narrow = kind.do(token.narrow, read_only=True, lifetime=60)
    assert kind.do(narrow.client(scene.url).get, HANDBOOK).status_code == 200
    pass_time(scene, clock, 61)
    with pytest.raises(Refused, match="token-expired"):
        kind.do(narrow.client(scene.url).get, HANDBOOK)


def test_a_rotated_proof_is_read_anew(kind: Kind, scene: Scene, clock: ManualClock) -> None:
    file = scene.directory / "assertion"
    scene.do("vouch", subject=scene.vouched_for, file=str(file))
    session = kind.session(url=scene.url, assertion_file=file, clock=clock)
    kind.do(session.token)
    pass_time(scene, clock, 1200)
    with pytest.raises(Refused, match="assertion-not-accepted"):
        kind.do(session.token)
    scene.do("vouch", subject=scene.vouched_for, file=str(file))
    assert kind.do(session.client().get, HANDBOOK).status_code == 200


def test_a_changed_key_is_signed_with(session: Any, kind: Kind, scene: Scene, clock: ManualClock) -> None:
    kind.do(session.token)
    scene.do("rekey", agent="docs-writer")
    pass_time(scene, clock, 901)
    assert kind.do(session.client().get, HANDBOOK).status_code == 200


def test_a_person_lends_to_an_agent_as_long_as_her_sign_in_stands(
    kind: Kind, scene: Scene, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def sign_in() -> Path:
        kept = scene.do("sign-in", person="alice@example.com", state=str(tmp_path))
        return Path(kept["file"])

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(DiscoveryError, match="no proof at hand"):
        kind.session(url=scene.url, agent=scene.lent_to, clock=clock)
    file = sign_in()
    session = kind.session(url=scene.url, agent=scene.lent_to, clock=clock)
    client = session.client()
    assert kind.do(session.whoami).on_behalf_of == "alice@example.com"
    pass_time(scene, clock, 901)
    assert kind.do(client.get, HANDBOOK).status_code == 200, "renewed"
    file.unlink()
    pass_time(scene, clock, 901)
    with pytest.raises(ProofError, match=r"nobody is signed in at .*; a person must run `spanner login`"):
        kind.do(client.get, HANDBOOK)
    sign_in()
    assert kind.do(client.get, HANDBOOK).status_code == 200, "signed in anew"
    pass_time(scene, clock, 13 * 3600)
    with pytest.raises(ProofError, match=r"the sign-in of alice@example.com at .* has ended"):
        kind.do(client.get, HANDBOOK)


def test_a_person_lends_no_more_than_her_groups_do(
    kind: Kind, scene: Scene, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    scene.do("sign-in", person="alice@example.com", state=str(tmp_path))
    with pytest.raises(Refused, match="not-lent"):
        kind.do(kind.session(url=scene.url, agent="docs-writer", clock=clock).token)


def test_a_revoked_token_is_told_of_and_the_next_call_has_another(session: Any, kind: Kind, scene: Scene) -> None:
    scene.do("revoke", token=kind.do(session.token).expose())
    client = session.client()
    with pytest.raises(Refused, match="token-revoked"):
        kind.do(client.get, HANDBOOK)
    assert kind.do(client.get, HANDBOOK).status_code == 200


def test_a_refusal_of_the_gateway_has_a_reason_a_hint_and_a_name(session: Any, kind: Kind) -> None:
    with pytest.raises(Refused) as caught:
        kind.do(session.client().get, "/api/v1/repos/other/x")
    no = caught.value
    assert (no.reason, no.retry) == ("not-granted", None)
    assert no.hint and no.request_id and "gsp_" not in str(no)


def test_a_planner_asks_before_it_acts(session: Any, kind: Kind, clock: ManualClock) -> None:
    me = kind.do(session.whoami)
    assert (me.agent, me.expires_in) == ("docs-writer", 900)
    assert any("ref:create" in right.actions for right in me.rights)
    effects = [case["effect"] for case in load("decisions.json")["tokens"][0]["decisions"]]
    decisions = kind.do(session.can, effects)
    assert [decision.reason for decision in decisions] == expected("writer")
    assert [bool(decision) for decision in decisions] == [reason is None for reason in expected("writer")]


def expected(name: str) -> list[str | None]:
    [found] = [token["decisions"] for token in load("decisions.json")["tokens"] if token["token"] == name]
    return [case["reason"] for case in found]


NARROWINGS = [
    pytest.param(case, id=case["name"])
    for case in load("narrowings.json")["narrowings"]
    if case["token"] == "writer" and "decisions" in case
]


@pytest.mark.parametrize("way", ["offline", "by exchange"])
def test_a_narrower_token_may_do_the_same_however_it_was_made(
    session: Any, kind: Kind, scene: Scene, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "by exchange":
        monkeypatch.setattr(_offline, "is_possible", lambda: False)
    parent = kind.do(session.token)
    assert parent.rights[0].actions == ("contents:read", "issues:read", "issues:write")
    made = 0
    for case in (param.values[0] for param in NARROWINGS):
        assert isinstance(case, dict)
        narrow = kind.do(parent.narrow, **case["narrow"])
        made += 1
        assert narrow.expires <= parent.expires
        assert narrow.inspect().revocation_ids[:-1] == parent.inspect().revocation_ids
        assert narrow.inspect().blocks[-1].delegate == case["delegate"]
        assert narrow.inspect().expires <= parent.inspect().expires
        client = narrow.client(scene.url)
        question = {"effects": [decided["effect"] for decided in case["decisions"]]}
        answer = kind.do(client.post, "/-/spanner/api/v1/can", json=question).json()
        # Of several reasons a gateway names the first it meets; whether it may is one answer.
        may = [decision["outcome"] == "permit" for decision in answer["decisions"]]
        assert may == [decided["reason"] is None for decided in case["decisions"]], case["name"]
    assert scene.issued() == (1 if way == "offline" else 1 + made)


def test_narrowing_asks_nobody_once_the_keys_are_known(session: Any, kind: Kind, scene: Scene) -> None:
    parent = kind.do(session.token)
    scene.do("stop")
    narrow = kind.do(parent.narrow, repositories=["acme/handbook"], read_only=True)
    scene.do("start")
    assert kind.do(narrow.client(scene.url).get, HANDBOOK).status_code == 200


def test_what_no_right_holds_is_refused_before_it_is_asked_for(session: Any, kind: Kind, scene: Scene) -> None:
    parent = kind.do(session.token)
    with pytest.raises(NarrowingError, match="repositories: no right of the token holds other/x"):
        kind.do(parent.narrow, repositories=["acme/handbook", "other/x"])
    assert scene.issued() == 1


def test_a_worker_narrows_a_token_it_was_handed(session: Any, kind: Kind, scene: Scene, clock: ManualClock) -> None:
    handed = kind.do(session.token).expose()
    worker = kind.token(handed, clock=clock)
    narrow = kind.do(worker.narrow, repositories=["acme/handbook"], read_only=True, delegate="reader")
    assert kind.do(narrow.client(scene.url).get, HANDBOOK).status_code == 200
    with pytest.raises(Refused, match="narrowed"):
        kind.do(narrow.client(scene.url).get, "/api/v1/repos/acme/site-a")


def test_git_gets_the_token_for_its_gateway_and_for_no_other_place(
    session: Any, kind: Kind, scene: Scene, tmp_path: Path
) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}

    def git(*words: str, asked: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = bare | kind.do(session.git)
        return subprocess.run(
            ["git", *words], env=environment, cwd=tmp_path, input=asked, capture_output=True, text=True
        )

    cloned = git("clone", "--quiet", f"{scene.url}/acme/handbook", "clone")
    assert cloned.returncode == 0, cloned.stderr
    assert "gsp_" not in (tmp_path / "clone/.git/config").read_text()
    elsewhere = git("credential", "fill", asked="protocol=https\nhost=elsewhere.example\n\n")
    assert elsewhere.returncode != 0 and "gsp_" not in elsewhere.stdout
