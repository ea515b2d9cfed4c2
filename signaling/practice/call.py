"""One practice call: packets in and out, the channel, and what is measured."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
)

from signaling.practice import channel, packets
from signaling.practice.film import Film
from signaling.practice.guard import Allowance
from signaling.practice.looking import EVERY_SECONDS, Grey, KeyPicture, decode, judge
from signaling.practice.measuring import Measured, Meter, Stream
from signaling.practice.packets import AUDIO_CLOCK, VIDEO_CLOCK, Rtp
from signaling.practice.player import Kind, Out, Player
from signaling.practice.scoring import PracticeResult, path_of, score
from signaling.practice.seam import Agreed, Line

_MOST_KEPT: Final = 256  # packets that can be sent again when the page misses them
_AGAIN_PER_SECOND, _AGAIN_AT_ONCE = 200, 400  # packets, whatever is complained about
_MOST_STREAMS: Final = 4  # sound, camera, screen, and one to spare
_MAY_SEND: Final = 1_500_000  # bits a second
_LONGEST_SECONDS: Final = 3600
_HURRY_SECONDS: Final = 0.5  # between two requests for a key picture
_MOST_LOOKS: Final = 8  # pictures of all calls that wait to be looked at

Clock = Callable[[], float]


class Outgoing:
    """One stream to the page: numbers, what was sent last, counts for the sender report."""

    def __init__(self, agreed: Agreed) -> None:
        self.agreed = agreed
        self.sequence = 0
        self.packets = self.octets = 0
        self.timestamp = 0
        self._kept: dict[int, bytes] = {}
        self._order: deque[int] = deque()

    def write(self, payload: bytes, timestamp: int, sequence: int, *, marker: bool) -> bytes:
        """The packet with this number; it can be had again for a while."""
        packet = packets.write_rtp(
            payload,
            marker=marker,
            kind=self.agreed.kind,
            sequence=sequence,
            timestamp=timestamp,
            ssrc=self.agreed.ssrc,
        )
        self.sequence = (sequence + 1) & 0xFFFF
        self.timestamp = timestamp
        self.packets += 1
        self.octets += len(payload)
        self._kept[sequence] = packet
        self._order.append(sequence)
        if len(self._order) > _MOST_KEPT:
            self._kept.pop(self._order.popleft(), None)
        return packet

    def again(self, sequence: int) -> bytes | None:
        """A packet that was sent before."""
        return self._kept.get(sequence)


class Looks:
    """Where all calls of a process have their key pictures looked at: one thread, few waiting."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._waiting = 0

    async def look(self, picture: bytes) -> Grey | None:
        """A few grey points of a picture; None when it cannot be read or too many wait."""
        if self._waiting >= _MOST_LOOKS:
            return None
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, decode, picture)
        finally:
            self._waiting -= 1


class Call:
    """The guide's side of one connection; its line tells it what comes in (`seam.Listener`)."""

    def __init__(self, film: Film, looks: Looks, seconds: list[Measured]) -> None:
        self.relays: set[tuple[str, int]] = set()
        self.done = False
        self.seconds = seconds
        self.failed = asyncio.Event()
        self.line: Line | None = None
        self._film = film
        self._looks = looks
        self._loop = asyncio.get_running_loop()
        self._meter = Meter()
        self._patience = channel.Patience()
        self._again_left = Allowance(_AGAIN_PER_SECOND, _AGAIN_AT_ONCE)
        self._player: Player | None = None
        self._sound: Outgoing | None = None
        self._picture: Outgoing | None = None
        self._sound_agreed = self._picture_agreed = Agreed(ssrc=0, kind=0, level=0)
        self._camera = 0
        self._key = KeyPicture()
        self._grey: Grey | None = None
        self._look_at = self._asked_at = self._ends_at = 0.0
        self._mirror_step: int | None = None
        self._mirror_stamp = 0
        self._reports: dict[int, tuple[int, float]] = {}  # by stream: its last report, when it came
        self._looking: asyncio.Task[None] | None = None

    # What the line tells

    def opened(self) -> None:
        """The channel is open: the guide appears."""
        line = self.line
        if line is None or self._player is not None:
            return
        self._sound_agreed, self._picture_agreed = line.agreed()
        self._sound, self._picture = Outgoing(self._sound_agreed), Outgoing(self._picture_agreed)
        self._player = Player(self._film, self._loop.time())
        clips = list(self._film.clips)
        line.tell(channel.write({"hello": {"clips": clips, "sound": self._film.has_sound}}))

    def gone(self) -> None:
        """The connection is lost."""
        self.failed.set()

    def message(self, text: object) -> None:
        """The page asks for something."""
        asked, now = channel.read(text), self._loop.time()
        player = self._player
        if not self._patience.take(now, good=asked is not None) or player is None:
            return
        match asked:
            case channel.Say(clip=clip):
                player.say(clip, now)
            case channel.Sound(on=on):
                player.sound = on
            case channel.Mirror(seconds=seconds):
                player.mirror(seconds, now)
            case channel.Echo(seconds=seconds):
                player.echo(seconds, now)
            case channel.Done():
                self.done = True

    def media(self, packet: bytes) -> None:
        """Sound or picture of the page."""
        rtp = packets.read_rtp(packet)
        if rtp is None or self._player is None:
            return
        now = self._loop.time()
        known = rtp.ssrc in self._meter.streams
        if not known and len(self._meter.streams) >= _MOST_STREAMS:
            return
        is_sound = rtp.kind == self._sound_agreed.kind
        clock = AUDIO_CLOCK if is_sound else VIDEO_CLOCK
        self._meter.came_in(rtp.ssrc, clock, rtp.sequence, rtp.timestamp, len(packet), now)
        if is_sound:
            self._meter.voice_came(packets.loudness(rtp.extensions, self._sound_agreed.level))
            self._player.heard(rtp.payload, now)
        elif rtp.kind == self._picture_agreed.kind:
            self._camera = self._camera or rtp.ssrc
            if rtp.ssrc == self._camera:
                self._camera_came(rtp, now)

    def reports(self, packet: bytes) -> None:
        """What the page's browser reports and asks."""
        try:
            found = RtcpPacket.parse(packet)
        except (ValueError, IndexError):
            return
        for one in found:
            self._report(one)

    # What time brings

    def tick(self) -> None:
        """Send what is due."""
        player, line = self._player, self.line
        if player is None or line is None:
            return
        for out in player.due(self._loop.time()):
            self._send(out)
        for told in player.told():
            line.tell(channel.write(told.message))

    def second(self) -> Measured | None:
        """Measure a second, tell it, and ask the page's browser for what is needed."""
        line = self.line
        if line is None or self._player is None:
            return None
        self._meter.path = path_of(line.met_at, self.relays)
        found = self._meter.second(self._loop.time())
        if len(self.seconds) < _LONGEST_SECONDS:
            self.seconds.append(found)
        line.tell(channel.measured(found))
        self._tell_browser(line)
        return found

    def ending(self, at: float) -> None:
        """Tell, once the channel is open and once for each moment, that the guide goes then."""
        if self.line is not None and self._player is not None and at != self._ends_at:
            self._ends_at = at
            seconds = max(0, round(at - self._loop.time()))
            self.line.tell(channel.write({"ending": seconds}))

    def result(self) -> PracticeResult:
        """What the talk showed so far."""
        return score(tuple(self.seconds), done=self.done)

    async def close(self) -> None:
        """End the connection and what still looks at a picture."""
        if self._looking is not None:
            self._looking.cancel()
        if self.line is not None:
            await self.line.close()

    # Picture

    def _camera_came(self, rtp: Rtp, now: float) -> None:
        self._meter.picture_came(now)
        parts = packets.vp8_parts(rtp.payload)
        player = self._player
        if parts is None or player is None:
            return
        first, rest = parts
        key = packets.starts_key_picture(first, rest)
        if key and now >= self._look_at:
            self._key.begin(rtp.timestamp, rtp.sequence, rest)
        elif self._key.collecting:
            self._key.add(rtp.timestamp, rtp.sequence, rest)
        if rtp.marker and self._key.collecting:
            self._look(self._key.whole(), now)
        if player.mirrors(now, key=key):
            self._mirror(rtp, first, rest, now)
        else:
            self._mirror_step = None
            if player.wants_picture(now):
                self._ask_for_picture(now)

    def _mirror(self, rtp: Rtp, first: int, rest: bytes, now: float) -> None:
        """Send a packet back as it came, with our numbers; holes stay, so they are noticed."""
        picture, player = self._picture, self._player
        if picture is None or player is None or self.line is None:
            return
        if self._mirror_step is None:
            self._mirror_step = (picture.sequence - rtp.sequence) & 0xFFFF
            self._mirror_stamp = player.timestamp(now) - rtp.timestamp
        packet = picture.write(
            bytes((first,)) + rest,
            rtp.timestamp + self._mirror_stamp,
            (rtp.sequence + self._mirror_step) & 0xFFFF,
            marker=rtp.marker,
        )
        if self.line.send(packet):
            self._meter.went_out(len(packet))

    def _look(self, picture: bytes, now: float) -> None:
        self._look_at = now + EVERY_SECONDS
        if picture and (self._looking is None or self._looking.done()):
            self._looking = self._loop.create_task(self._looked(picture))

    async def _looked(self, picture: bytes) -> None:
        grey = await self._looks.look(picture)
        if grey is not None:
            self._meter.picture = judge(grey, self._grey)
            self._grey = grey

    def _ask_for_picture(self, now: float) -> None:
        if self._camera and self.line is not None and now - self._asked_at >= _HURRY_SECONDS:
            self._asked_at = now
            ask = packets.picture_please(ssrc=self._picture_agreed.ssrc, of=self._camera)
            self.line.send(ask, reports=True)

    # Packets out

    def _send(self, out: Out) -> None:
        stream = self._sound if out.kind is Kind.SOUND else self._picture
        if stream is None or self.line is None:
            return
        packet = stream.write(out.payload, out.timestamp, stream.sequence, marker=out.marker)
        if self.line.send(packet):
            self._meter.went_out(len(packet))

    def _report(self, one: object) -> None:
        match one:
            case RtcpSrPacket():
                middle = one.sender_info.ntp_timestamp >> 16 & 0xFFFFFFFF
                if one.ssrc in self._meter.streams:
                    self._reports[one.ssrc] = (middle, self._loop.time())
                self._heard_of(one.reports)
            case RtcpRrPacket():
                self._heard_of(one.reports)
            case RtcpRtpfbPacket() if one.fmt == RTCP_RTPFB_NACK:
                self._again(one.media_ssrc, one.lost)
            case RtcpPsfbPacket() if one.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                if self._mirror_step is not None:
                    self._ask_for_picture(self._loop.time())

    def _heard_of(self, reports: list[RtcpReceiverInfo]) -> None:
        ours = {one.agreed.ssrc for one in (self._sound, self._picture) if one}
        losses = [report.fraction_lost / 256 for report in reports if report.ssrc in ours]
        if losses:
            self._meter.down_loss = round(max(losses), 3)
        for report in reports:
            if report.ssrc in ours and report.lsr:
                now = packets.ntp_time(time.time()) >> 16 & 0xFFFFFFFF
                passed = (now - report.lsr - report.dlsr) & 0xFFFFFFFF
                if passed < 60 << 16:  # more than a minute is a clock that was put back
                    self._meter.round_trip_ms = round(passed / 65.536)

    def _again(self, ssrc: int, lost: list[int]) -> None:
        stream = next(
            (s for s in (self._sound, self._picture) if s and s.agreed.ssrc == ssrc), None
        )
        if stream is None or self.line is None:
            return
        now = self._loop.time()
        for sequence in lost:
            packet = stream.again(sequence)
            if packet is None:
                continue
            if not self._again_left.take(now):
                return
            self.line.send(packet, reports=False)

    def _tell_browser(self, line: Line) -> None:
        for stream in (self._sound, self._picture):
            if stream is not None and stream.packets:
                line.send(self._sender_report(stream), reports=True)
        for heard in self._meter.streams.values():
            line.send(self._receiver_report(heard), reports=True)
        if self._camera:
            ours = self._picture_agreed.ssrc
            line.send(
                packets.may_send(ssrc=ours, of=self._camera, bits_per_second=_MAY_SEND),
                reports=True,
            )
        now = self._loop.time()
        if now >= self._look_at:
            self._ask_for_picture(now)

    def _sender_report(self, stream: Outgoing) -> bytes:
        return packets.sender_report(
            ssrc=stream.agreed.ssrc,
            unix=time.time(),
            timestamp=stream.timestamp,
            packets=stream.packets,
            octets=stream.octets,
        )

    def _receiver_report(self, heard: Stream) -> bytes:
        lsr, came = self._reports.get(heard.ssrc, (0, 0.0))
        return packets.receiver_report(
            ssrc=self._sound_agreed.ssrc,
            of=heard.ssrc,
            fraction_lost=heard.lost_since_last(),
            lost=heard.lost,
            highest=heard.highest,
            jitter=round(heard.jitter),
            lsr=lsr,
            dlsr=round((self._loop.time() - came) * 65536) if lsr else 0,
        )
