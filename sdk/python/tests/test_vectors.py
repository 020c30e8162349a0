"""The vectors, each case a test."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import gogs_spanner
from gogs_spanner import DiscoveryError, Malformed, NarrowingError, ProofError, TokenError, Unintelligible
from gogs_spanner._caveats import written, written_caveat
from gogs_spanner._discovery import PLATFORM_FILE, Arguments, Surroundings, discover
from gogs_spanner._exchange import decoded
from gogs_spanner._inspection import Inspection, inspect
from gogs_spanner._narrowing import Narrowing
from gogs_spanner._offline import attenuate
from gogs_spanner._origin import Origin
from gogs_spanner._proof import FileProof, JobProof, KeyProof, SignInProof
from gogs_spanner._refusal import PROBLEM, read
from gogs_spanner._sign_in import SignIns
from gogs_spanner._text import decode

from .vectors import TOKENS, load, token

NARROWINGS = load("narrowings.json")
REFUSALS = load("refusals.json")
DISCOVERY = load("discovery.json")
SIGN_INS = load("sign-ins.json")
ROOT_KEY = decoded(TOKENS["keys"]["keys"][0]["x"])


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=f"{case['name']} {case.get('door', '')}".strip()) for case in cases]


def said(read: Inspection) -> dict[str, Any]:
    """As JSON has it."""

    def right(right: gogs_spanner.Right) -> dict[str, Any]:
        sets = {"repositories": right.repositories, "actions": right.actions, "refs": right.refs, "paths": right.paths}
        found = {name: list(members) for name, members in sets.items()}
        return found | ({"merge_from": list(right.merge_from)} if right.merge_from else {})

    return {
        "verified": False,
        "agent": read.agent,
        "issuer": read.issuer,
        "user": read.user,
        "issued": written(read.issued),
        "expires": written(read.expires),
        "service": read.service,
        "rights": [right(each) for each in read.rights],
        "max_depth": read.max_depth,
        "blocks": [{"delegate": block.delegate, "caveats": list(block.caveats)} for block in read.blocks],
        "revocation_ids": list(read.revocation_ids),
        "key_id": read.key_id,
        "sealed": read.sealed,
    }


@pytest.mark.parametrize("case", named(TOKENS["tokens"]))
def test_a_token_is_read(case: dict[str, Any]) -> None:
    assert said(inspect(case["token"])) == case["says"]


@pytest.mark.parametrize("case", named(TOKENS["malformed"]))
def test_a_text_that_is_no_whole_token_is_told_why(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        decode(case["text"])
    assert (caught.value.kind, str(caught.value)) == (case["error"], case["message"])


@pytest.mark.parametrize("case", named(TOKENS["unreadable"]))
def test_a_text_around_something_else_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        inspect(case["text"])


@pytest.mark.parametrize("case", named(NARROWINGS["narrowings"]))
def test_a_narrowing_comes_to_the_same_caveats_and_the_same_request(case: dict[str, Any]) -> None:
    now = datetime.fromisoformat(NARROWINGS["now"].replace("Z", "+00:00"))
    parent = inspect(token(case["token"]))
    if "error" in case:
        with pytest.raises(NarrowingError):
            Narrowing.of(**case["narrow"]).resolve(parent, now)
        return
    resolved = Narrowing.of(**case["narrow"]).resolve(parent, now)
    assert [written_caveat(caveat) for caveat in resolved.caveats] == case["caveats"]
    assert resolved.request == case["request"]
    narrowed = inspect(attenuate(token(case["token"]), resolved, ROOT_KEY))
    assert narrowed.blocks[-1].caveats == resolved.caveats
    assert (narrowed.blocks[-1].delegate, written(narrowed.expires)) == (case["delegate"], case["expires"])
    assert narrowed.revocation_ids[:-1] == parent.revocation_ids


@pytest.mark.parametrize("case", named([answer for answer in REFUSALS["answers"] if "forge" not in answer]))
def test_a_no_of_the_gateway_has_a_type(case: dict[str, Any]) -> None:
    if case["refused"] is None:
        with pytest.raises(Unintelligible):
            read(case["status"], case["body"].encode())
        return
    refused = read(case["status"], case["body"].encode())
    assert case["door"] == "token" or case["headers"]["content-type"] == PROBLEM
    assert {member: getattr(refused, member) for member in case["refused"]} == case["refused"]


def test_the_reasons_are_those_of_the_table() -> None:
    table = {row["reason"]: row for row in load("reasons.json")["reasons"]}
    assert gogs_spanner.reasons().keys() == table.keys()
    for code, reason in gogs_spanner.reasons().items():
        row = table[code]
        assert (reason.status, reason.retry, reason.hint) == (row["status"], row["retry"], row["hint"])


@pytest.mark.parametrize("case", named(DISCOVERY["cases"]))
def test_what_is_said_and_offered_is_found(case: dict[str, Any], tmp_path: Path) -> None:
    assert DISCOVERY["platform_file"] == PLATFORM_FILE

    def placed(text: str) -> str:
        return text.replace("{files}", str(tmp_path))

    files = {placed(file): content for file, content in case["files"].items()}
    for file, content in files.items():
        if file != PLATFORM_FILE:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(content)
    around = Surroundings({name: placed(value) for name, value in case["environment"].items()}, files.__contains__)
    arguments = Arguments(**{name: placed(value) for name, value in case["arguments"].items()})
    if "error" in case:
        with pytest.raises(DiscoveryError) as caught:
            discover(arguments, around)
        assert caught.value.kind == case["error"]["kind"]
        assert all(name in str(caught.value) for name in case["error"]["names"])
        return
    origin, proof = discover(arguments, around)
    expected = case["found"]["proof"]
    assert (str(origin), proof.agent) == (case["found"]["url"], expected["agent"])
    match proof:
        case KeyProof():
            assert ("key", proof.key.thumbprint) == (expected["kind"], expected["key"])
        case FileProof():
            assert ("file", str(proof.file)) == (expected["kind"], placed(expected["file"]))
        case SignInProof():
            assert ("sign-in", str(proof.kept.file(origin))) == (expected["kind"], placed(expected["file"]))
        case JobProof():
            assert expected["kind"] == "actions"
            assert "secret" not in repr(proof)


@pytest.mark.parametrize("case", named(SIGN_INS["cases"]))
def test_a_sign_in_is_used_while_it_stands_and_nobody_else_can_read_it(case: dict[str, Any], tmp_path: Path) -> None:
    kept, gateway = SignIns(tmp_path), Origin(SIGN_INS["gateway"])
    now = datetime.fromisoformat(SIGN_INS["now"].replace("Z", "+00:00")).timestamp()
    file = kept.file(gateway)
    if case["content"] is not None:
        file.write_text(case["content"])
        file.chmod(int(case["mode"], 8))
    if "stands" in case:
        assert kept.standing(gateway, now) == case["stands"]
        return
    with pytest.raises(ProofError) as caught:
        kept.standing(gateway, now)
    message = case["error"]["message"].replace("{file}", str(file))
    assert str(caught.value) == f"{message}; a person must run `spanner login`"
