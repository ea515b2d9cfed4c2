import { expect, test } from "vitest";
import { GuideChannel, type Heard, hearGuide } from "./channel";

function ear() {
  const said: string[] = [];
  const heard: Heard = {
    onCaption: (text) => said.push(`caption ${text}`),
    onMirroring: (on) => said.push(`mirroring ${on}`),
    onEchoing: (phase) => said.push(`echoing ${phase}`),
    onEnding: () => said.push("ending"),
  };
  return { said, heard };
}

function line(readyState: RTCDataChannelState, label = "practice") {
  const sent: string[] = [];
  const channel = { label, readyState, send: (text: string) => sent.push(text) };
  return { sent, channel: channel as unknown as RTCDataChannel };
}

test("what the guide says reaches the page, and what is not known is passed over", () => {
  const { said, heard } = ear();
  const messages = [
    '{"hello":{"clips":["welcome"],"sound":true}}',
    '{"saying":"welcome","caption":"Hallo"}',
    '{"mirroring":true}',
    '{"echoing":"hearing"}',
    '{"echoing":null}',
    '{"ending":60}',
    "no json",
    "[1]",
    "null",
    `{"caption":"${"a".repeat(2048)}"}`,
  ];
  for (const message of [...messages, 12]) hearGuide(message, heard);

  expect(said).toEqual([
    "caption Hallo",
    "mirroring true",
    "echoing hearing",
    "echoing null",
    "ending",
  ]);
});

test("what is said before the channel opens is said when it does, once", () => {
  const guide = new GuideChannel(ear().heard);
  const { sent, channel } = line("connecting");
  guide.say("welcome");
  guide.take(channel);
  guide.mirror(8);
  expect(sent).toEqual([]);

  Object.assign(channel, { readyState: "open" });
  channel.onopen?.(new Event("open"));
  guide.done();

  expect(sent).toEqual(['{"say":"welcome"}', '{"mirror":8}', '{"done":true}']);
});

test("a channel of somebody else is left alone, and a lost connection takes its words along", () => {
  const guide = new GuideChannel(ear().heard);
  const other = line("open", "chat");
  guide.take(other.channel);
  guide.echo(5);
  guide.drop();
  const { sent, channel } = line("open");
  guide.take(channel);

  expect(other.sent).toEqual([]);
  expect(sent).toEqual([]);
});
