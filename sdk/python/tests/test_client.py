"""Calls: the token goes to one gateway, and every no has a type."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from gogs_spanner import Elsewhere, PathError, Refused, TokenError

from .clock import ManualClock
from .fake import Arrival, FakeGateway, Reply, granted, problem, refused, text_of
from .kinds import Kind
from .vectors import token

ISSUES = "/api/v1/repos/acme/web/issues"


def by_token(**replies: Reply) -> Any:
    """Requests with these tokens are answered so."""

    def answer(arrival: Arrival) -> Reply:
        sent = arrival.headers["authorization"].removeprefix("Bearer ")
        return next(reply for name, reply in replies.items() if sent == text_of(name.encode()))

    return answer


FOUND = Reply(200, [{"number": 1}])


@pytest.fixture
def client(session: Any, fake: FakeGateway) -> Any:
    fake.answers_in_turn(granted(b"one"), granted(b"two"))
    return session.client()


def test_a_call_carries_the_token_and_its_answer_is_read(client: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(by_token(one=Reply(201, {"number": 2})), ISSUES)
    made = kind.do(client.post, ISSUES, params={"draft": "a&b"}, json={"title": "t"})
    assert made.json() == {"number": 2}
    [arrival] = fake.sent(ISSUES)
    assert (arrival.method, arrival.path) == ("POST", f"{ISSUES}?draft=a%26b")
    assert json.loads(arrival.body) == {"title": "t"}


def test_a_no_of_the_gateway_is_told_from_one_of_the_forge(client: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(problem("not-granted", 403), ISSUES)
    with pytest.raises(Refused) as caught:
        kind.do(client.get, ISSUES)
    no = caught.value
    expected = ("not-granted", "not with this", "do something else", "choose", None, "r-7")
    assert (no.reason, no.why, no.hint, no.next, no.retry, no.request_id) == expected
    fake.answers(Reply(422, {"message": "Name is too long", "url": ""}), ISSUES)
    answered = kind.do(client.post, ISSUES, json={})
    assert (answered.status_code, answered.json()["message"]) == (422, "Name is too long")


@pytest.mark.parametrize("reason", ["token-expired", "token-not-accepted"])
def test_a_token_that_has_just_ended_is_renewed_once_and_the_call_made_again(
    client: Any, kind: Kind, fake: FakeGateway, reason: str
) -> None:
    fake.answers(by_token(one=problem(reason, 401), two=FOUND), ISSUES)
    assert kind.do(client.post, ISSUES, json={}).json() == [{"number": 1}]
    assert [arrival.body for arrival in fake.sent(ISSUES)] == [b"{}", b"{}"]


def test_a_token_that_is_never_accepted_is_not_renewed_without_end(client: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(problem("token-not-accepted", 401), ISSUES)
    with pytest.raises(Refused, match="token-not-accepted"):
        kind.do(client.get, ISSUES)
    assert len(fake.sent(ISSUES)) == 2


def test_callers_whose_token_ended_at_the_same_time_share_one_renewal(
    session: Any, kind: Kind, fake: FakeGateway
) -> None:
    fake.answers_in_turn(granted(b"one"), granted(b"two"))
    kind.do(session.token)
    fake.answers(by_token(one=problem("token-expired", 401), two=FOUND), ISSUES)
    client = session.client()
    kind.crowd(20, lambda: client.get(ISSUES))
    assert len(fake.sent()) == 2


def test_a_token_somebody_revoked_is_told_of_and_given_up(client: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(by_token(one=problem("token-revoked", 401), two=FOUND), ISSUES)
    with pytest.raises(Refused, match="token-revoked"):
        kind.do(client.get, ISSUES)
    assert kind.do(client.get, ISSUES).status_code == 200


def test_a_renewal_that_is_refused_says_so(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers_in_turn(granted(b"one"), refused("agent-locked"))
    fake.answers(problem("token-not-accepted", 401), ISSUES)
    with pytest.raises(Refused, match="agent-locked"):
        kind.do(session.client().get, ISSUES)


def test_a_call_comes_back_when_it_is_told_to_within_its_patience(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    fake.answers_in_turn(problem("limit-reached", 429, 0), problem("draining", 503, 0), FOUND, path=ISSUES)
    assert kind.do(session.client(patience=5).post, ISSUES, json={}).status_code == 200
    assert len(fake.sent(ISSUES)) == 3


def test_a_call_that_has_no_patience_or_too_little_is_told_at_once(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    fake.answers(problem("limit-reached", 429, 60), ISSUES)
    for patience in (0, 59):
        with pytest.raises(Refused) as caught:
            kind.do(session.client(patience=patience).get, ISSUES)
        assert caught.value.retry == 60
    assert len(fake.sent(ISSUES)) == 2


def test_patience_has_an_end_though_it_is_told_to_come_back_at_once(
    session: Any, kind: Kind, fake: FakeGateway
) -> None:
    fake.answers(granted(b"one"))
    fake.answers(problem("limit-reached", 429, 0), ISSUES)
    with pytest.raises(Refused):
        kind.do(session.client(patience=3).get, ISSUES)
    assert len(fake.sent(ISSUES)) == 5


def test_what_may_have_been_done_is_not_done_again(session: Any, kind: Kind, fake: FakeGateway) -> None:
    fake.answers(granted(b"one"))
    fake.answers_in_turn(problem("upstream-unavailable", 503, 0), FOUND, path=ISSUES)
    client = session.client(patience=5)
    with pytest.raises(Refused):
        kind.do(client.post, ISSUES, json={})
    fake.answers_in_turn(problem("upstream-unavailable", 503, 0), FOUND, path=ISSUES)
    assert kind.do(client.get, ISSUES).status_code == 200


def test_no_call_takes_the_token_anywhere_else(client: Any, kind: Kind, fake: FakeGateway) -> None:
    with FakeGateway() as elsewhere:
        fake.answers(Reply(302, b"", {"location": elsewhere.url}), ISSUES)
        assert kind.do(client.get, ISSUES).status_code == 302
        for url in (elsewhere.url, elsewhere.url.removeprefix("http:"), "api", "@elsewhere.example/"):
            with pytest.raises(PathError):
                kind.do(client.get, url)
        assert not elsewhere.arrivals


@pytest.mark.parametrize("path", ["/a/../b", "/a/%2E%2e/b", "/a/./b", "/..", "/a\\b", "/a\r\nb: c", "/a#b"])
def test_no_name_in_a_path_leads_to_another_repository(client: Any, kind: Kind, fake: FakeGateway, path: str) -> None:
    with pytest.raises(PathError):
        kind.do(client.get, path)
    assert not fake.arrivals


def test_the_auth_of_a_session_serves_a_client_of_ones_own_at_its_gateway_alone(
    session: Any, fake: FakeGateway, kind: Kind
) -> None:
    fake.answers(granted(b"one"))
    fake.answers(FOUND, ISSUES)
    auth = session.auth()
    with FakeGateway() as elsewhere:
        if isinstance(session.client(), httpx.Client):
            with httpx.Client(auth=auth, trust_env=False) as own:
                assert own.get(fake.url + ISSUES).status_code == 200
                with pytest.raises(Elsewhere):
                    own.get(elsewhere.url + ISSUES)
        else:
            own_async = httpx.AsyncClient(auth=auth, trust_env=False)
            assert kind.do(own_async.get, fake.url + ISSUES).status_code == 200
            with pytest.raises(Elsewhere):
                kind.do(own_async.get, elsewhere.url + ISSUES)
            kind.do(own_async.aclose)
        assert not elsewhere.arrivals


def test_a_token_of_another_gateway_is_not_shown_to_this_one(kind: Kind, fake: FakeGateway, clock: ManualClock) -> None:
    handed = kind.token(f"{token('writer')}\n", clock=clock)
    assert (handed.url, handed.expires.minute) == ("https://agents.example.com", 15)
    with pytest.raises(Elsewhere, match=r"is for https://agents.example.com, not for http://127"):
        handed.client(fake.url)
    for text in ("gsp_AAAA", text_of(b"one")):
        with pytest.raises(TokenError):
            kind.token(text)
    assert not fake.arrivals
