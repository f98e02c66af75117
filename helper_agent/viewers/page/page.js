// The helper's viewer page. The token in the fragment never travels in a request: it is shown as a WebSocket subprotocol.
//
// Two connections: `state` brings what the agent knows (and takes the helper's wishes, text that an input method composed,
// and pictures it asks for), `rfb` carries the screen. The first message of `rfb` is text, with the viewer's password of this one connection; what follows
// belongs to noVNC.
//
// Behind the token `&embedded` says that a window of the agent holds this page, `&window` that one stands beside it: the tools
// are there, so ours are hidden. Without either the page has its own. Both call everything by the same words.

import { Composing } from "./composing.js";
import RFB from "./novnc/core/rfb.js";
import Inflate from "./novnc/core/inflator.js";
import { inflateInit } from "./novnc/vendor/pako/lib/zlib/inflate.js";

// noVNC 1.7's own leaves a window of no size behind. Every stream that goes on after a pause begins its compression anew.
Inflate.prototype.reset = function () {
  inflateInit(this.strm);
};

const TEXTS = {
  en: {
    title: "{peer} – Tasuki",
    view: "You may look",
    control: "You may look and control",
    idle: "Connecting …",
    connecting: "Connecting …",
    waiting: "Waiting for the user …",
    connected: "",
    lost: "Connection lost, trying again … You see a still picture, and can do nothing.",
    paused: "Paused: you see a still picture from the moment the user paused, and nothing new until the user goes on. You can do nothing.",
    changed: "Stopped: the user's screens have changed. You see a still picture until it is settled what may be shown.",
    closed: "The picture is not connected.",
    ended: "The session has ended.",
    close: "You can close this tab.",
    gone: "Tasuki on this computer does not answer any more.",
    wanted: "You asked for control. The user decides.",
    refused: "The user does not give control now.",
    want: "Ask for control",
    again: "Show the screen again",
    full: "Full screen (F11)",
    end: "End session",
    keys: "Ctrl+Alt+Del",
    shot: "Screenshot",
    copied: "The screenshot is on your clipboard.",
    uncopied: "The browser did not allow to copy the screenshot.",
    fit: "Fit to the window",
    actual: "Actual size (1:1)",
    one: "Screen {number}",
    all: "All screens",
    next: "Show the next of the screens that the user lets you see.",
    leave: "Ctrl+Alt+Shift+T leads from the picture to these buttons.",
    hint: "F11 is full screen: every key then goes to the user, also Ctrl+W, Ctrl+N and Alt+Tab. F11 again leaves it.",
    locked: "F11 leaves full screen. Ctrl+Alt+Shift+T does too.",
    unlocked: "F11 leaves full screen. This browser keeps some keys for itself, such as Ctrl+W and Alt+Tab.",
    sure: "End this session?",
    typed: "The user’s screen: what you type goes there",
  },
  ja: {
    title: "{peer} – Tasuki",
    view: "見るだけ",
    control: "見て操作できます",
    idle: "接続しています…",
    connecting: "接続しています…",
    waiting: "利用者の応答を待っています…",
    connected: "",
    lost: "接続が切れました。つなぎ直しています… 見えているのは静止画で、操作はできません。",
    paused: "一時停止中: 利用者が一時停止した時点の静止画が見えています。再開されるまで新しいものは見えず、操作もできません。",
    changed: "停止中: 利用者の画面構成が変わりました。どの画面を見せるかが決まるまで、静止画が見えています。",
    closed: "画面がつながっていません。",
    ended: "セッションは終了しました。",
    close: "このタブは閉じてかまいません。",
    gone: "このコンピューターの Tasuki から応答がありません。",
    wanted: "操作を求めました。利用者の答えを待っています。",
    refused: "利用者は、今は操作を許可していません。",
    want: "操作を求める",
    again: "画面をもう一度表示",
    full: "全画面表示（F11）",
    end: "終了",
    keys: "Ctrl+Alt+Del",
    shot: "画面をコピー",
    copied: "画面をクリップボードにコピーしました。",
    uncopied: "ブラウザーが画像のコピーを許しませんでした。",
    fit: "ウィンドウに合わせる",
    actual: "実際のサイズ（1:1）",
    one: "画面 {number}",
    all: "すべての画面",
    next: "利用者が見せている画面のうち、次のものを表示します。",
    leave: "Ctrl+Alt+Shift+T で画面からボタンに移ります。",
    hint: "F11 で全画面表示になります。その間は Ctrl+W、Ctrl+N、Alt+Tab も含めて、すべてのキーが利用者に届きます。もう一度 F11 で戻ります。",
    locked: "F11 か Ctrl+Alt+Shift+T で全画面表示を終えます。",
    unlocked: "F11 で全画面表示を終えます。このブラウザーでは、Ctrl+W や Alt+Tab など一部のキーは利用者に届きません。",
    sure: "このセッションを終えますか。",
    typed: "利用者の画面: 入力した文字はここに送られます",
  },
};

// Kept for a reload of this tab; a token that stayed in the address would end up in the browser's history.
const address = location.hash.slice(1) || sessionStorage.getItem("token") || "";
sessionStorage.setItem("token", address);
const [token, place, kind] = address.split("&");
const ownWindow = kind === "own"; // a browser made it for this page alone
document.body.dataset.place = ["embedded", "window"].includes(place) ? place : "browser";
history.replaceState(null, "", location.pathname);

const HINT = 6000; // milliseconds

const element = (id) => document.getElementById(id);
let texts = TEXTS[(navigator.language || "en").startsWith("ja") ? "ja" : "en"];
let state = {
  phase: "connecting", mode: "view", peer: "", paused: false, screens: false, lost: false, wanted: false, refused: false, ended: "",
  scaling: "fit", types: false, seen: null,
};
let picture = "idle"; // idle, connecting, connected, closed
let agentGone = false;
let rfb = null;
let notice = ""; // what came of the last click, until the next change
let hint = ""; // what is said for some seconds
let hinted = 0;
let say = () => {}; // something to the agent
const tell = (wish) => say({ do: wish });
const composing = new Composing(element("typed"), element("screen"), {
  write: (text) => say({ type: text }),
  letGo,
});

function url(path) {
  return `ws://${location.host}/${path}`;
}

// Why the picture stands still, if it does.
function stillText() {
  if (state.phase !== "connected" || agentGone) return "";
  return state.lost ? texts.lost : state.paused ? texts.paused : state.screens ? texts.changed : "";
}

function statusText() {
  if (state.phase === "ended") return state.ended || texts.ended;
  if (agentGone) return texts.gone;
  if (state.phase !== "connected") return texts.waiting;
  if (stillText()) return ""; // it stands over the picture
  if (picture !== "connected") return texts[picture];
  if (state.wanted) return texts.wanted;
  if (state.refused) return texts.refused;
  return texts[notice] || texts.connected;
}

function render() {
  const over = state.phase === "ended" || agentGone;
  document.documentElement.lang = texts === TEXTS.ja ? "ja" : "en";
  document.title = state.peer ? texts.title.replace("{peer}", state.peer) : "Tasuki";
  document.body.dataset.picture = picture; // for tests and for scripts
  document.body.dataset.phase = over ? "ended" : state.phase;
  const still = stillText() !== "";
  document.body.dataset.still = still ? "yes" : "no";
  element("still").hidden = !still;
  element("still").textContent = stillText();
  element("who").textContent = state.peer;
  element("mode").textContent = over ? "" : texts[state.mode];
  element("mode").dataset.mode = over ? "" : state.mode;
  element("mode").hidden = over;
  element("status").textContent = statusText();
  for (const id of ["want", "again", "full", "end", "keys", "shot"]) element(id).textContent = texts[id];
  element("tools").title = texts.leave;
  element("scaling").textContent = state.scaling === "actual" ? texts.fit : texts.actual;
  element("screens").hidden = over || (state.seen ?? null) === null;
  element("screens").disabled = still;
  element("screens").textContent = state.seen ? texts.one.replace("{number}", state.seen) : texts.all;
  element("screens").title = texts.next;
  element("want").hidden = over || state.phase !== "connected" || state.mode === "control";
  element("want").disabled = state.wanted;
  element("again").hidden = over || picture !== "closed";
  element("keys").disabled = over || picture !== "connected" || state.mode !== "control";
  element("shot").disabled = element("scaling").disabled = over || picture !== "connected";
  element("end").disabled = over;
  document.body.dataset.scaling = state.scaling;
  if (rfb) rfb.scaleViewport = state.scaling !== "actual";
  element("typed").setAttribute("aria-label", texts.typed);
  renderNote(over);
  if (state.phase === "ended") leaveBehind();
  composing.allow(!over && picture === "connected" && state.phase === "connected" && state.types === true);
}

// Where the tools are elsewhere, what there is to say stands over the picture.
function renderNote(over) {
  const beside = document.body.dataset.place === "window";
  const said = beside && picture !== "connected" ? statusText() : "";
  const last = over && document.body.dataset.place !== "embedded" ? `${statusText()} ${texts.close}` : "";
  element("note").textContent = last || said || texts[hint] || "";
  element("note").hidden = element("note").textContent === "";
}

// A window that was made for this page closes with the session; a tab stays, and says so.
function leaveBehind() {
  sessionStorage.removeItem("token");
  if (ownWindow) window.close();
}

function sayForAWhile(what) {
  hint = what;
  clearTimeout(hinted);
  hinted = setTimeout(() => {
    hint = "";
    render();
  }, HINT);
  render();
}

async function toggleFull() {
  if (document.fullscreenElement) {
    await document.exitFullscreen();
    return;
  }
  await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  try {
    await navigator.keyboard.lock();
    sayForAWhile("locked");
  } catch {
    sayForAWhile("unlocked"); // Firefox has no such thing
  }
  rfb?.focus();
}

// Full screen as in a window of the agent's own: F11 there and back, and Escape back from a picture that is only looked at.
// F11 itself goes to the user by the special keys.
function switchFull(event) {
  if (document.body.dataset.place === "embedded") return;
  const bare = !(event.ctrlKey || event.altKey || event.shiftKey || event.metaKey);
  const back = event.code === "Escape" && document.fullscreenElement && state.mode !== "control";
  if (!bare || !(event.code === "F11" || back)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!event.repeat) toggleFull();
}

function connectState() {
  const socket = new WebSocket(url("state"), ["tasuki.viewer-state.v1", token]);
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.ask === "picture") {
      sendPicture(socket);
      return;
    }
    if (message.ask === "again") {
      if (rfb !== null) connectAgain();
      return;
    }
    state = message;
    notice = "";
    texts = TEXTS[state.language] || texts;
    render();
    if (state.phase === "connected" && picture === "idle") connectPicture();
  };
  socket.onclose = () => {
    agentGone = true;
    render();
  };
  say = (what) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(what));
  element("want").onclick = () => tell("want_control");
  element("end").onclick = () => window.confirm(texts.sure) && tell("end");
}

function connectPicture() {
  picture = "connecting";
  const socket = new WebSocket(url("rfb"), ["tasuki.viewer-rfb.v1", token]);
  socket.binaryType = "arraybuffer";
  socket.onclose = () => pictureClosed(null);
  socket.onmessage = (event) => {
    const { password } = JSON.parse(event.data);
    const viewer = new RFB(element("screen"), socket, { credentials: { password }, shared: true });
    viewer.scaleViewport = state.scaling !== "actual";
    viewer.background = "#22262b";
    viewer.addEventListener("connect", () => {
      picture = "connected";
      if (document.body.dataset.place === "window" && !hinted) sayForAWhile("hint");
      render();
      viewer.focus();
    });
    viewer.addEventListener("disconnect", () => pictureClosed(viewer));
    rfb = viewer;
  };
  render();
}

function connectAgain() {
  const old = rfb;
  rfb = null;
  old.disconnect();
  connectPicture();
}

// The agent puts it on the clipboard of this computer; a page that is not in front may not.
async function sendPicture(socket) {
  const blob = await takePicture();
  if (blob === null) return;
  socket.send(JSON.stringify({ picture: blob.size }));
  const step = 256 * 1024;
  for (let at = 0; at < blob.size; at += step) socket.send(await blob.slice(at, at + step).arrayBuffer());
}

function takePicture() {
  if (rfb === null || picture !== "connected") return Promise.resolve(null);
  return new Promise((resolve) => rfb.toBlob(resolve, "image/png"));
}

async function copyPicture() {
  try {
    const blob = await takePicture();
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    notice = "copied";
  } catch {
    notice = "uncopied";
  }
  render();
}

function pictureClosed(viewer) {
  if (viewer !== rfb) return;
  rfb = null;
  picture = "closed";
  render();
}

// noVNC lets go of what it holds when the window loses the keyboard.
function letGo() {
  window.dispatchEvent(new Event("blur"));
}

// The picture takes every key but this one, which leads to the buttons; noVNC would not hear of the releases.
async function leave(event) {
  if (event.code !== "KeyT" || !event.ctrlKey || !event.altKey || !event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  letGo();
  if (document.fullscreenElement) await document.exitFullscreen(); // it has no buttons
  document.querySelector("header button:enabled:not([hidden])")?.focus();
}

window.addEventListener("keydown", leave, { capture: true });
window.addEventListener("keydown", switchFull, { capture: true });
element("again").onclick = connectPicture;
element("keys").onclick = () => {
  rfb?.sendCtrlAltDel();
  rfb?.focus();
};
element("shot").onclick = copyPicture;
element("scaling").onclick = () => tell(state.scaling === "actual" ? "fit" : "actual");
element("screens").onclick = () => tell("next_screen");
element("full").onclick = toggleFull;

render();
connectState();
