"""What the other side still reads of somebody whose address is hidden: nothing but relays."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.hiding import hidden_candidate, hidden_sdp, without_address
from signaling.messages import Candidate, Checked, Description
from signaling.sdp import good_candidate, good_description

pytestmark = pytest.mark.unit
SAMPLES = Path(__file__).parents[2] / "data" / "wire" / "from_browser.json"
RELAYED = "candidate:1 1 udp 41885439 203.0.113.9 50000 typ relay raddr 10.1.2.3 rport 4444"
SECRETS = ("10.1.2.3", "192.168.7.7", "2a02:a440::7", "1f0e2d3c-aaaa-4bbb-8ccc-0123456789ab.local")


def _candidate(line: str, **more: object) -> Candidate:
    plain = {
        "candidate": line,
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": "abcd",
        **more,
    }
    return Candidate(epoch=1, candidate=Checked(json.dumps(plain)))


@pytest.mark.parametrize("kind", ["host", "srflx", "prflx"])
@pytest.mark.parametrize("address", SECRETS)
def test_candidate_that_is_not_relayed_goes_no_further(kind: str, address: str) -> None:
    line = f"candidate:1 1 udp 2122260223 {address} 50000 typ {kind}"

    assert good_candidate(line)
    assert hidden_candidate(line) is None
    assert without_address(_candidate(line)) is None


@pytest.mark.parametrize(
    ("address", "nowhere"),
    [("203.0.113.9", "0.0.0.0"), ("2001:db8::9", "::")],  # noqa: S104 -- RFC 8839 5.1
)
def test_relayed_candidate_loses_the_address_behind_it(address: str, nowhere: str) -> None:
    line = (
        RELAYED.replace("203.0.113.9", address) + " generation 2 ufrag x network-id 3 was 10.1.2.3"
    )
    hidden = hidden_candidate(line)

    assert hidden is not None
    assert hidden.endswith(f"typ relay raddr {nowhere} rport 9 generation 2")
    assert address in hidden
    assert "10.1.2.3" not in hidden
    assert good_candidate(hidden)


@pytest.mark.parametrize("field", ["sdpMid", "usernameFragment"])
def test_address_in_a_name_beside_the_candidate_goes_no_further(field: str) -> None:
    assert without_address(_candidate(RELAYED)) is not None
    assert without_address(_candidate(RELAYED, **{field: "10.1.2.3"})) is None


def test_end_of_candidates_goes_on() -> None:
    end = Candidate(epoch=3, candidate=Checked("null"))
    generation = _candidate("")

    assert without_address(end) == end
    assert without_address(generation) is not None


SDP = "\r\n".join(
    (
        "v=0", "o=mozilla 123 2 IN IP4 192.168.7.7", "s=10.1.2.3", "t=0 0",
        "i=I am at 10.1.2.3", "c=IN IP4 192.168.7.7", "a=group:BUNDLE 0",
        "m=audio 51000 UDP/TLS/RTP/SAVPF 111", "c=IN IP6 2a02:a440::7",
        "a=rtcp:51001 IN IP4 192.168.7.7",
        f"a={RELAYED}", "a=candidate:2 1 udp 1 192.168.7.7 1 typ host",
        "a=candidate:3 1 udp 1 1f0e2d3c-aaaa-4bbb-8ccc-0123456789ab.local 1 typ host",
        "a=remote-candidates:1 192.168.7.7 1", "a=ice-ufrag:abcd",
        "a=ice-pwd:0123456789012345678901",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=setup:actpass", "a=mid:0",
        "a=sendrecv",
        "a=msid:a 10.1.2.3", "a=ssrc:1 cname:2a02:a440::7", "a=ssrc:2 cname:{1f0e2d3c}",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=x-note:10.1.2.3",
        "a=rtpmap:111 opus/48000/2", "a=rtcp-mux",
    )
) + "\r\n"  # fmt: skip


def test_sdp_keeps_what_a_talk_needs_and_no_address_but_the_relays() -> None:
    hidden = hidden_sdp(SDP)
    lines = hidden.split("\r\n")

    assert good_description("offer", SDP)
    assert good_description("offer", hidden)
    for secret in SECRETS:
        assert secret not in hidden
    assert [line for line in lines if line.startswith("a=candidate")] == [
        "a=candidate:1 1 udp 41885439 203.0.113.9 50000 typ relay raddr 0.0.0.0 rport 9"
    ]
    for kept in (
        "o=- 123 2 IN IP4 127.0.0.1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0",
        "a=group:BUNDLE 0", "a=ice-ufrag:abcd", "a=mid:0", "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32), "a=ssrc:2 cname:{1f0e2d3c}",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    ):  # fmt: skip
        assert kept in lines


def test_every_description_of_the_samples_is_still_one_and_hiding_twice_changes_nothing() -> None:
    samples = [s["message"] for s in json.loads(SAMPLES.read_text())]
    inner = [s["description"] for s in samples if s["type"] == "description"]

    assert inner
    for one in inner:
        hidden = hidden_sdp(one["sdp"])
        assert good_description(one["type"], hidden)
        assert hidden_sdp(hidden) == hidden
        assert {line for line in one["sdp"].split("\r\n") if line.startswith(_KEPT)} <= {
            *hidden.split("\r\n")
        }


_KEPT = ("a=ice-", "a=fingerprint", "a=mid", "a=rtpmap", "a=fmtp", "a=extmap", "a=ssrc", "a=msid")


@given(
    st.sampled_from(SECRETS),
    st.text("abcdefgsm=: 0123456789.-+/", max_size=12),
    st.text(" :abc-.0", max_size=6),
)
def test_no_line_that_a_changed_page_adds_carries_an_address(
    secret: str, before: str, after: str
) -> None:
    line = f"{before}{secret}{after}"
    if before[-1:].isalnum() or after[:1].isalnum() or before[-1:] in ".:" or after[:1] in ".:-":
        return  # then it is another text
    sdp = SDP.replace("a=rtcp-mux\r\n", f"{line}\r\na=x:{line}\r\na=msid:{line}\r\n")
    if good_description("offer", sdp):
        hidden = hidden_sdp(sdp)
        assert secret not in hidden


def test_description_goes_on_as_json_with_the_same_epoch() -> None:
    text = json.dumps({"type": "offer", "sdp": SDP})
    hidden = without_address(Description(epoch=7, description=Checked(text)))

    assert isinstance(hidden, Description)
    assert hidden.epoch == 7
    assert json.loads(hidden.description) == {"type": "offer", "sdp": hidden_sdp(SDP)}
