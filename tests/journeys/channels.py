"""A page that keeps to nothing: it floods the channel to the other page."""

# Keeps the channel of each connection; before anything else of the page runs.
KEEP_CHANNELS = """
(() => {
  window.channels = [];
  const make = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = make.apply(this, given);
    window.channels.push(channel);
    return channel;
  };
})()
"""
# Thousands of whole lines, then pieces as large as the browser sends (it refuses 1 MB).
FLOOD = """
(async () => {{
  const channel = window.channels.at(-1);
  const told = {{sent: 0, refused: ''}};
  const push = async (frame) => {{
    while (channel.bufferedAmount > 2e6 && channel.readyState === 'open')
      await new Promise((go) => setTimeout(go, 5));
    if (channel.readyState !== 'open') return;
    channel.send(frame);
    told.sent += 1;
  }};
  try {{ channel.send('x'.repeat(1e6)); }} catch ({{name}}) {{ told.refused = name; }}
  for (let id = 1; id <= {lines}; id += 1)
    await push(JSON.stringify({{type: 'line', id, text: 'vol '.repeat(50)}}));
  for (let piece = 0; piece < {pieces}; piece += 1) await push('x'.repeat(250_000));
  return told;
}})()
"""
