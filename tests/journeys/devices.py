"""What devices do that a fake camera cannot: scripts for a page, before anything else runs."""

# A fake camera has no cable: its track ends as that of a real one does.
CABLE = """
(() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  let tracks = [];
  let gone = false;
  window.pullOut = () => {
    gone = true;
    for (const track of tracks) { track.stop(); track.dispatchEvent(new Event('ended')); }
  };
  window.plugIn = () => {
    gone = false;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  };
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (gone) throw new DOMException('Requested device not found', 'NotFoundError');
    const stream = await real(wish);
    tracks = stream.getVideoTracks();
    return stream;
  };
})();
"""
# The clock on the wall, as the page reads it, is five hours ahead.
CLOCK_OFF = """
(() => {
  const Real = Date;
  const now = () => Real.now() + 5 * 3600_000;
  window.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(now()); }
    static now() { return now(); }
  };
})();
"""
