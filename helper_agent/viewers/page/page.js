// The helper's viewer page. The token in the fragment never travels in a request: it is shown as a WebSocket subprotocol.
//
// Two connections: `state` brings what the agent knows (and takes the helper's wishes, text that an input method composed,
// and pictures it asks for), `rfb` carries the screen. The first message of `rfb` is text, with the viewer's password of this one connection; what follows
// belongs to noVNC.
//
// Behind the token `&embedded` says that a window of the agent holds this page: its tools are there, so ours are hidden.

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
    paused: "The user has paused the session.",
    still: "Paused: this is a still picture, from the moment the user paused.",
    changed: "The user's screens have changed.",
    unchosen: "Stopped: this is a still picture, from before the user's screens changed.",
    closed: "The picture is not connected.",
    ended: "The session has ended.",
    gone: "Tasuki on this computer does not answer any more.",
    wanted: "You asked for control. The user decides.",
    refused: "The user does not give control now.",
    want: "Ask for control",
    again: "Show the screen again",
    full: "Full screen",
    end: "End the session",
    keys: "Ctrl-Alt-Del",
    shot: "Copy a screenshot",
    copied: "The screenshot was copied.",
    uncopied: "The browser did not allow to copy the screenshot.",
    fit: "Fit to the window",
    actual: "Actual size (1:1)",
    leave: "Ctrl+Alt+Shift+T leads from the picture to these buttons.",
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
    paused: "利用者がセッションを一時停止しています。",
    still: "一時停止中: 利用者が一時停止した時点の静止画です。",
    changed: "利用者の画面構成が変わりました。",
    unchosen: "停止中: 利用者の画面構成が変わる前の静止画です。",
    closed: "画面がつながっていません。",
    ended: "セッションは終了しました。",
    gone: "このコンピューターの Tasuki から応答がありません。",
    wanted: "操作を求めました。利用者の返事を待っています。",
    refused: "いまは操作を許してもらえませんでした。",
    want: "操作を求める",
    again: "画面をもう一度表示",
    full: "全画面",
    end: "セッションを終える",
    keys: "Ctrl-Alt-Del",
    shot: "画面の画像をコピー",
    copied: "画面の画像をコピーしました。",
    uncopied: "ブラウザーが画像のコピーを許しませんでした。",
    fit: "ウィンドウに合わせる",
    actual: "等倍 (1:1)",
    leave: "Ctrl+Alt+Shift+T で画面からボタンに移ります。",
    sure: "このセッションを終えますか。",
    typed: "利用者の画面: 入力した文字はここに送られます",
  },
};

// Kept for a reload of this tab; a token that stayed in the address would end up in the browser's history.
const address = location.hash.slice(1) || sessionStorage.getItem("token") || "";
sessionStorage.setItem("token", address);
const [token, place] = address.split("&");
document.body.dataset.place = place === "embedded" ? place : "browser";
history.replaceState(null, "", location.pathname);

const element = (id) => document.getElementById(id);
let texts = TEXTS[(navigator.language || "en").startsWith("ja") ? "ja" : "en"];
let state = {
  phase: "connecting", mode: "view", peer: "", paused: false, screens: false, wanted: false, refused: false, ended: "",
  scaling: "fit", types: false,
};
let picture = "idle"; // idle, connecting, connected, closed
let agentGone = false;
let rfb = null;
let notice = ""; // what came of the last click, until the next change
let say = () => {}; // something to the agent
const tell = (wish) => say({ do: wish });
const composing = new Composing(element("typed"), element("screen"), {
  write: (text) => say({ type: text }),
  letGo,
});

function url(path) {
  return `ws://${location.host}/${path}`;
}

function statusText() {
  if (state.phase === "ended") return state.ended || texts.ended;
  if (agentGone) return texts.gone;
  if (state.phase !== "connected") return texts.waiting;
  if (state.paused) return texts.paused;
  if (state.screens) return texts.changed;
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
  const still = !over && state.phase === "connected" && (state.paused || state.screens);
  document.body.dataset.still = still ? "yes" : "no";
  element("still").hidden = !still;
  element("still").textContent = state.paused ? texts.still : texts.unchosen;
  element("who").textContent = state.peer;
  element("mode").textContent = over ? "" : texts[state.mode];
  element("mode").dataset.mode = over ? "" : state.mode;
  element("mode").hidden = over;
  element("status").textContent = statusText();
  for (const id of ["want", "again", "full", "end", "keys", "shot"]) element(id).textContent = texts[id];
  element("tools").title = texts.leave;
  element("scaling").textContent = state.scaling === "actual" ? texts.fit : texts.actual;
  element("want").hidden = over || state.phase !== "connected" || state.mode === "control";
  element("want").disabled = state.wanted;
  element("again").hidden = over || picture !== "closed";
  element("keys").disabled = over || picture !== "connected" || state.mode !== "control";
  element("shot").disabled = element("scaling").disabled = over || picture !== "connected";
  element("end").disabled = over;
  document.body.dataset.scaling = state.scaling;
  if (rfb) rfb.scaleViewport = state.scaling !== "actual";
  element("typed").setAttribute("aria-label", texts.typed);
  composing.allow(!over && picture === "connected" && state.phase === "connected" && state.types === true);
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
function leave(event) {
  if (event.code !== "KeyT" || !event.ctrlKey || !event.altKey || !event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  letGo();
  document.querySelector("header button:enabled:not([hidden])")?.focus();
}

window.addEventListener("keydown", leave, { capture: true });
element("again").onclick = connectPicture;
element("keys").onclick = () => {
  rfb?.sendCtrlAltDel();
  rfb?.focus();
};
element("shot").onclick = copyPicture;
element("scaling").onclick = () => tell(state.scaling === "actual" ? "fit" : "actual");
element("full").onclick = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
};

render();
connectState();
