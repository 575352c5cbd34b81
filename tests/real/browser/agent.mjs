// An agent on a loopback port, in the protocol of chat completions: reasoning, calls of tools and
// text at a pace that follows from the question alone. Some answers are late, wrong or refused, and
// some try to act on whoever shows them.

import { createServer } from "node:http";

/** Texts that would act on a page, a terminal or a spreadsheet that takes them for its own. */
export const HOSTILE = [
  "<script>window.pwned = 1</script>",
  "</script><script>window.pwned = 1</script>",
  "<img src=x onerror=\"window.pwned = 1\">",
  "<svg onload=\"window.pwned = 1\">",
  "<iframe srcdoc=\"<script>parent.pwned = 1</script>\"></iframe>",
  "<iframe src=\"http://127.0.0.1:9/\"></iframe>",
  "<link rel=stylesheet href=\"http://127.0.0.1:9/x.css\">",
  "<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:9/\">",
  "<base href=\"http://127.0.0.1:9/\">",
  "<form action=\"http://127.0.0.1:9/\"><input autofocus onfocus=\"window.pwned = 1\"></form>",
  "<object data=\"http://127.0.0.1:9/\"></object>",
  "<a href=\"javascript:window.pwned = 1\">click</a>",
  "<details open ontoggle=\"window.pwned = 1\">x</details>",
  "<style>@import 'http://127.0.0.1:9/x.css'; body { display: none }</style>",
  "<!-- --> <![CDATA[ ]]> <!--<script>",
  "\"><script>window.pwned = 1</script>",
  "' onmouseover='window.pwned = 1",
  "${window.pwned = 1} {{constructor.constructor('window.pwned = 1')()}}",
  "\\u003cscript\\u003ewindow.pwned = 1\\u003c/script\\u003e",
  "__proto__ constructor toString",
  "\u202ereversed\u202c \u0000\u0007\u001b[2J\u001b]0;title\u0007",
  "=HYPERLINK(\"http://127.0.0.1:9/\")",
  "::error file=x::y",
  "\ud83d\ude00".repeat(2000),
];

const WORDS = `Your order was sent on Monday and arrives on Wednesday before noon. If nobody is at home the
driver leaves it with a neighbor, and a card in your letter box says with whom. You can also choose another
day in your account, or a shop near you that keeps the parcel for ten days.`.split(/\s+/);

/** A number from 0 to 1 that follows from a text. */
function chance(text) {
  let hash = 2166136261;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

async function answer(request, response, slow) {
  let body = "";
  for await (const piece of request) body += piece;
  const question = JSON.parse(body).messages[0].content;
  const [latency, length, luck] = ["a", "b", "c"].map((salt) => chance(salt + question));
  const factor = slow ? 1.3 : 1;
  const number = Number(question.match(/\d+/)?.[0] ?? 0);
  const hostile = question.startsWith("hostile") ? HOSTILE[number % HOSTILE.length] : null;
  if (luck > (slow ? 0.95 : 0.985) && !hostile) {
    await rest(40);
    response.writeHead(503, { "content-type": "application/json" });
    response.end('{"error": {"message": "no model is free"}}');
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream", "x-region": hostile ? "<b>" : "eu" });
  const send = (delta, more) => response.write(`data: ${JSON.stringify({ model: slow ? "small-2" : "small-1", choices: [{ index: 0, delta, ...more }] })}\n\n`);
  const wait = (60 + 240 * latency ** 2 + (latency > 0.93 ? 420 : 0)) * factor;
  await rest(wait);
  let tokens = 0;
  const gap = (9 + 14 * chance(`d${question}`)) * factor;
  if (luck > 0.45) {
    for (let i = 0; i < 3 + length * 12; i++, tokens++) {
      send({ reasoning_content: i ? `${WORDS[(i * 7) % WORDS.length]} ` : (hostile ?? "The customer asks about an order. ") });
      await rest(gap * 0.7);
    }
  }
  if (luck > 0.7) {
    const tool = { index: 0, id: "call-1", function: { name: hostile ?? "find_order", arguments: '{"number": ' } };
    send({ tool_calls: [tool] });
    await rest(20 + 80 * length);
    send({ tool_calls: [{ index: 0, function: { arguments: `${number}}` } }] });
    await rest(30 + 140 * latency);
  }
  if (hostile) {
    for (const part of hostile.match(/[^]{1,7}/gu)) send({ content: part });
  } else {
    const count = Math.round(14 + length * 42);
    for (let i = 0; i < count; i++, tokens++) {
      const word = slow && number % 9 === 0 && i === 5 ? "Tuesday" : WORDS[i % WORDS.length];
      send({ content: `${i ? " " : ""}${word}` });
      await rest(gap * (chance(`${question}${i}`) > 0.94 ? 5 : 1));
    }
  }
  send({}, { finish_reason: "stop" });
  response.write(`data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 40, completion_tokens: tokens, total_tokens: 40 + tokens } })}\n\n`);
  response.end("data: [DONE]\n\n");
}

/** Starts the agent; gives its address and what ends it. */
export async function startAgent() {
  const server = createServer((request, response) => {
    answer(request, response, request.url.includes("slow")).catch(() => response.destroy());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
