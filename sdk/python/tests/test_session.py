"""A token that is valid now, however it has to be had."""

from __future__ import annotations

import base64
import email.utils
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from gogs_spanner import ProofError, Refused, Unintelligible, Unreachable

from .clock import NOW, ManualClock
from .fake import Arrival, FakeGateway, Reply, granted, refused, text_of
from .kinds import Kind


def claims(arrival: Arrival) -> dict[str, Any]:
    """What a key's assertion says."""
    part = arrival.form["client_assertion"].split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return found


def test_a_key_is_exchanged_for_a_token(session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock) -> None:
    fake.answers(granted(b"one"))
    token = kind.do(session.token)
    assert (token.expose(), token.url) == (text_of(b"one"), fake.url)
    assert (token.expires - clock.now().time).total_seconds() == 900
    [arrival] = fake.sent()
    assert arrival.form["grant_type"] == "client_credentials"
    said = claims(arrival)
    assert (said["iss"], said["sub"], said["aud"]) == ("ci-web", "ci-web", fake.url)
    assert (said["iat"], said["exp"]) == (NOW.timestamp(), NOW.timestamp() + 60)


def test_less_is_asked_for_in_the_terms_of_rfc_9396(
    kind: Kind, fake: FakeGateway, clock: ManualClock, key_file: Path
) -> None:
    fake.answers(granted(b"one"))
    less = [{"actions": ["contents:read"]}]
    session = kind.session(url=fake.url, agent="ci-web", key_file=key_file, clock=clock, less=less, lifetime=300)
    kind.do(session.token)
    [arrival] = fake.sent()
    assert json.loads(arrival.form["authorization_details"]) == [{"type": "gogs", "actions": ["contents:read"]}]
    assert arrival.form["lifetime"] == "300"


def test_an_assertion_is_read_anew_for_each_exchange(
    kind: Kind, fake: FakeGateway, clock: ManualClock, tmp_path: Path
) -> None:
    fake.answers(granted(b"one"))
    file = tmp_path / "assertion"
    session = kind.session(url=fake.url, assertion_file=file, clock=clock)
    with pytest.raises(ProofError):
        kind.do(session.token)
    for assertion in ("first", "second"):
        file.write_text(assertion + "\n")
        kind.do(session.token)
        clock.advance(900)
    assert [arrival.form["subject_token"] for arrival in fake.sent()] == ["first", "second"]


def test_a_job_asks_for_an_id_token_for_this_gateway(
    kind: Kind, fake: FakeGateway, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers(granted(b"one"))
    fake.answers(Reply(200, {"value": "id-token"}), "/runner")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{fake.url}/runner?v=1")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    session = kind.session(url=fake.url, clock=clock)
    kind.do(session.token)
    [asked], [arrival] = fake.sent("/runner"), fake.sent()
    assert (asked.path.count("v=1"), asked.headers["authorization"]) == (1, "bearer secret")
    assert "audience=http" in asked.path
    assert arrival.form["subject_token"] == "id-token"
    fake.answers(Reply(403, {}), "/runner")
    clock.advance(900)
    with pytest.raises(ProofError, match="id-token: write"):
        kind.do(session.token)


@pytest.mark.parametrize("past", [700, 900], ids=["before its end", "after its end"])
def test_two_hundred_callers_around_the_end_of_a_token_share_one_exchange(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock, past: int
) -> None:
    fake.answers(granted(b"one"))
    kind.do(session.token)
    arrived, go = threading.Event(), threading.Event()

    def slowly(_: Arrival) -> Reply:
        arrived.set()
        assert go.wait(10)
        return granted(b"two")

    fake.answers(slowly)
    clock.advance(past + 85)

    def let_go() -> None:
        assert arrived.wait(10)
        go.set()

    release = threading.Thread(target=let_go)
    release.start()
    tokens = kind.crowd(200, session.token)
    release.join()
    assert len(fake.sent()) == 2
    expected = {text_of(b"one"), text_of(b"two")} if past < 800 else {text_of(b"two")}
    assert {token.expose() for token in tokens} <= expected
    assert kind.do(session.token).expose() == text_of(b"two")


def test_a_token_is_kept_at_first_and_renewed_before_it_ends(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock
) -> None:
    fake.answers_in_turn(granted(b"one"), granted(b"two"))
    found = []
    for _ in range(3):
        found.append(kind.do(session.token).expose())
        clock.advance(390)
    assert found == [text_of(b"one"), text_of(b"one"), text_of(b"two")]


def test_a_gateway_that_is_down_costs_no_valid_token(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock
) -> None:
    fake.answers(granted(b"one"))
    kind.do(session.token)
    fake.answers(Reply(503, b"<html>", {"content-type": "text/html"}))
    clock.advance(800)
    for _ in range(6):
        assert kind.do(session.token).expose() == text_of(b"one")
        clock.advance(10)
    assert len(fake.sent()) == 7, "asked once in ten seconds, not at every call"
    fake.answers(granted(b"two"))
    assert kind.do(session.token).expose() == text_of(b"two")


def test_a_renewal_that_fails_is_told_only_when_the_token_has_ended(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock
) -> None:
    fake.answers_in_turn(granted(b"one"), refused("agent-locked"))
    kind.do(session.token)
    clock.advance(840)
    for _ in range(3):
        assert kind.do(session.token).expose() == text_of(b"one")
    assert len(fake.sent()) == 2, "a gateway that refuses is not asked at every call"
    clock.advance(60)
    with pytest.raises(Refused) as caught:
        kind.do(session.token)
    no = caught.value
    assert (no.reason, no.why, no.request_id, no.retry) == ("agent-locked", "not with this", "r-1", None)
    assert no.hint == "ask its owner" or no.hint


def test_a_replayed_proof_is_signed_anew(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers_in_turn(refused("assertion-replayed", 401), granted(b"one"))
    assert kind.do(session.token).expose() == text_of(b"one")
    first, second = (claims(arrival)["jti"] for arrival in fake.sent())
    assert first != second


def test_a_proof_that_is_refused_again_is_not_made_without_end(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(refused("assertion-replayed", 401))
    with pytest.raises(Refused, match="assertion-replayed"):
        kind.do(session.token)
    assert len(fake.sent()) == 2


def test_a_proof_is_dated_by_the_clock_of_the_gateway_where_ours_is_wrong(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock
) -> None:
    theirs = NOW.timestamp() + 3600
    date = email.utils.formatdate(theirs, usegmt=True)
    fake.answers_in_turn(refused("assertion-not-accepted", 401, date=date), granted(b"one"))
    token = kind.do(session.token)
    assert [claims(arrival)["iat"] for arrival in fake.sent()] == [NOW.timestamp(), theirs]
    assert (token.expires - clock.now().time).total_seconds() == 900, "a token lives as long as it is said to"


def test_a_proof_that_is_refused_for_another_reason_is_not_sent_again(
    session: Any, kind: Kind, fake: FakeGateway
) -> None:
    date = email.utils.formatdate(NOW.timestamp() + 2, usegmt=True)
    fake.answers(refused("assertion-not-accepted", 401, date=date))
    with pytest.raises(Refused, match="assertion-not-accepted"):
        kind.do(session.token)
    assert len(fake.sent()) == 1


def test_a_proof_that_was_rotated_while_it_was_on_its_way_is_read_again(
    kind: Kind, fake: FakeGateway, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "assertion"
    file.write_text("first")

    def rotating(arrival: Arrival) -> Reply:
        file.write_text("second")
        return granted(b"one") if arrival.form["subject_token"] == "second" else refused("assertion-not-accepted", 401)

    fake.answers(rotating)
    session = kind.session(url=fake.url, assertion_file=file, clock=clock)
    assert kind.do(session.token).expose() == text_of(b"one")


def test_a_clock_that_is_set_neither_ends_a_token_late_nor_keeps_it_after_its_end(
    session: Any, kind: Kind, fake: FakeGateway, clock: ManualClock
) -> None:
    fake.answers_in_turn(granted(b"one"), granted(b"two"), granted(b"three"))
    kind.do(session.token)
    clock.set_wall(-7200)
    clock.advance(900)
    assert kind.do(session.token).expose() == text_of(b"two"), "set back: the steady clock tells"
    clock.set_wall(7200)
    assert kind.do(session.token).expose() == text_of(b"three"), "slept: the wall clock tells"


def test_a_proof_follows_no_redirect(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(Reply(307, b"", {"location": f"{fake.url}/elsewhere"}))
    with pytest.raises(Unintelligible):
        kind.do(session.token)
    assert not fake.sent("/elsewhere")


def test_no_proxy_is_taken_from_the_environment(
    session: Any, kind: Kind, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch, clock: ManualClock, key_file: Path
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fake.answers(granted(b"one"))
    session = kind.session(url=fake.url, agent="ci-web", key_file=key_file, clock=clock)
    assert kind.do(session.token).expose() == text_of(b"one")


def test_an_answer_without_end_is_not_read_to_the_end(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(Reply(200, b" " * 300 * 1024))
    with pytest.raises(Unintelligible):
        kind.do(session.token)


def test_a_gateway_that_is_not_there_is_told_of(kind: Kind, clock: ManualClock, key_file: Path) -> None:
    with FakeGateway() as gone:
        url = gone.url
    session = kind.session(url=url, agent="ci-web", key_file=key_file, clock=clock)
    with pytest.raises(Unreachable):
        kind.do(session.token)


def test_neither_a_session_nor_a_token_shows_a_secret(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    token = kind.do(session.token)
    shown = f"{session!r} {token!r} {vars(token)!r} {vars(session)!r}"
    assert token.expose() not in shown and "MC4CAQ" not in shown
