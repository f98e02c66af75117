// What an input method composes over the picture, as text.
//
// An input method composes only where text can be written, and noVNC's canvas is no such place. So a field that is not
// seen has the keyboard in its stead. Keys that the input method leaves alone go on to the canvas, as if they had been
// pressed there; what it composes is written into the field, and given away as soon as it is final. While it composes,
// the field is shown where the last click was.

// Chromium, Firefox and Safari say one or the other of a key that an input method took.
const taken = (event) => event.isComposing || event.keyCode === 229;

export class Composing {
  // `write(text)` is called with what was composed; `letGo()` before anything is, so that no key stays held meanwhile.
  constructor(field, screen, { write, letGo }) {
    this._field = field;
    this._screen = screen;
    this._write = write;
    this._letGo = letGo;
    this._on = false;
    this._composing = false;
    this._place = [8, 8];
    for (const name of ["keydown", "keyup"]) field.addEventListener(name, (event) => this._key(event));
    field.addEventListener("compositionstart", () => this._begin());
    field.addEventListener("compositionend", () => this._end());
    field.addEventListener("input", (event) => {
      if (!event.isComposing && !this._composing) this._give();
    });
    screen.addEventListener("mousedown", (event) => this._clicked(event), { capture: true });
    screen.addEventListener("focusin", () => this._focus());
  }

  // Whether text can be typed at the user's desktop now. Where it cannot, the canvas keeps the keyboard.
  allow(on) {
    if (on === this._on) return;
    this._on = on;
    const here = document.activeElement;
    if (on && this._canvas && here === this._canvas) this._focus();
    if (!on && here === this._field) {
      this._canvas?.focus({ preventScroll: true }); // what is being composed ends with that
      this._field.value = "";
    }
  }

  get _canvas() {
    return this._screen.querySelector("canvas");
  }

  _focus() {
    if (this._on) this._field.focus({ preventScroll: true });
  }

  _key(event) {
    if (event.type === "keydown" && taken(event)) return;
    const canvas = this._canvas;
    if (!canvas) return;
    const { type, key, code, location, repeat, keyCode, ctrlKey, shiftKey, altKey, metaKey } = event;
    const locks = {};
    for (const lock of ["CapsLock", "NumLock", "ScrollLock", "AltGraph"]) {
      locks[`modifier${lock}`] = event.getModifierState(lock);
    }
    const same = { key, code, location, repeat, keyCode, ctrlKey, shiftKey, altKey, metaKey, ...locks };
    if (!canvas.dispatchEvent(new KeyboardEvent(type, { ...same, cancelable: true }))) event.preventDefault();
  }

  _begin() {
    this._composing = true;
    this._letGo();
    const [x, y] = this._place;
    const room = this._screen.getBoundingClientRect();
    this._field.style.left = `${Math.max(0, Math.min(x, room.width - this._field.offsetWidth - 8))}px`;
    this._field.style.top = `${Math.max(0, Math.min(y, room.height - this._field.offsetHeight - 8))}px`;
    this._field.dataset.composing = "yes";
  }

  _end() {
    this._composing = false;
    delete this._field.dataset.composing;
    this._give();
  }

  _give() {
    const text = this._field.value;
    this._field.value = "";
    if (text && this._on) this._write(text);
  }

  _clicked(event) {
    const room = this._screen.getBoundingClientRect();
    this._place = [event.clientX - room.left, event.clientY - room.top + 16];
  }
}
