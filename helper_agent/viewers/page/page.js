// The helper's viewer page. The token in the fragment never travels in a request: it is shown as a WebSocket subprotocol.
//
// Two connections: `state` brings what the agent knows (and takes the helper's wishes), `rfb` carries the screen. The
// first message of `rfb` is text, with the viewer's password of this one connection; what follows belongs to noVNC.

import RFB from "./novnc/core/rfb.js";

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
    sure: "End this session?",
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
    sure: "このセッションを終えますか。",
  },
};

// Kept for a reload of this tab; a token that stayed in the address would end up in the browser's history.
const token = location.hash.slice(1) || sessionStorage.getItem("token") || "";
sessionStorage.setItem("token", token);
history.replaceState(null, "", location.pathname);

const element = (id) => document.getElementById(id);
let texts = TEXTS[(navigator.language || "en").startsWith("ja") ? "ja" : "en"];
let state = { phase: "connecting", mode: "view", peer: "", paused: false, wanted: false, refused: false, ended: "" };
let picture = "idle"; // idle, connecting, connected, closed
let agentGone = false;
let rfb = null;
let clipboard = ""; // the text that both sides' clipboards hold

function url(path) {
  return `ws://${location.host}/${path}`;
}

function statusText() {
  if (state.phase === "ended") return state.ended || texts.ended;
  if (agentGone) return texts.gone;
  if (state.phase !== "connected") return texts.waiting;
  if (state.paused) return texts.paused;
  if (picture !== "connected") return texts[picture];
  if (state.wanted) return texts.wanted;
  if (state.refused) return texts.refused;
  return texts.connected;
}

function render() {
  const over = state.phase === "ended" || agentGone;
  document.documentElement.lang = texts === TEXTS.ja ? "ja" : "en";
  document.title = state.peer ? texts.title.replace("{peer}", state.peer) : "Tasuki";
  document.body.dataset.picture = picture; // for tests and for scripts
  document.body.dataset.phase = over ? "ended" : state.phase;
  element("who").textContent = state.peer;
  element("mode").textContent = over ? "" : texts[state.mode];
  element("mode").dataset.mode = over ? "" : state.mode;
  element("mode").hidden = over;
  element("status").textContent = statusText();
  for (const id of ["want", "again", "full", "end", "keys"]) element(id).textContent = texts[id];
  element("want").hidden = over || state.phase !== "connected" || state.mode === "control";
  element("want").disabled = state.wanted;
  element("again").hidden = over || picture !== "closed";
  element("keys").disabled = over || picture !== "connected" || state.mode !== "control";
  element("end").disabled = over;
}

function connectState() {
  const socket = new WebSocket(url("state"), ["tasuki.viewer-state.v1", token]);
  socket.onmessage = (event) => {
    state = JSON.parse(event.data);
    texts = TEXTS[state.language] || texts;
    render();
    if (state.phase === "connected" && picture === "idle") connectPicture();
  };
  socket.onclose = () => {
    agentGone = true;
    render();
  };
  const tell = (wish) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ do: wish }));
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
    viewer.scaleViewport = true;
    viewer.background = "#22262b";
    viewer.addEventListener("connect", () => {
      picture = "connected";
      render();
      viewer.focus();
    });
    viewer.addEventListener("disconnect", () => pictureClosed(viewer));
    viewer.addEventListener("clipboard", (event) => clipboardCame(event.detail.text));
    rfb = viewer;
  };
  render();
}

function pictureClosed(viewer) {
  if (viewer !== rfb) return;
  rfb = null;
  picture = "closed";
  render();
}

// Clipboards cross while the helper may control; the agents drop them otherwise. What the user has copied becomes this
// computer's clipboard. What the helper has copied goes over when the helper comes to the picture, as from other viewers;
// the browser asks the helper first, or refuses.
function clipboardCame(text) {
  clipboard = text;
  navigator.clipboard?.writeText(text).catch(() => {});
}

async function clipboardGoes() {
  if (picture !== "connected" || state.mode !== "control" || !navigator.clipboard?.readText) return;
  const text = await navigator.clipboard.readText().catch(() => "");
  if (text === "" || text === clipboard || rfb === null) return;
  clipboard = text;
  rfb.clipboardPasteFrom(text);
}

window.addEventListener("focus", clipboardGoes);
element("screen").addEventListener("mouseenter", clipboardGoes);
element("again").onclick = connectPicture;
element("keys").onclick = () => {
  rfb?.sendCtrlAltDel();
  rfb?.focus();
};
element("full").onclick = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
};

render();
connectState();
