"use strict";

const TALLEST = 15_000_000; // pixels; browsers stop making elements taller soon above

/**
 * Draws only the rows that can be seen, of any number of them.
 *
 * `draw(index)` makes a row, `moved(index)` hears of the cursor, `keys(key, index)` takes a key and tells whether it did; `head` stays
 * above the rows; `id` begins the id of each. Expects `el` of the page that it is put into.
 */
class Rows {
  constructor(label, {height, draw, role, keys, moved, head, id = "row"}) {
    Object.assign(this, {height, draw, keys, moved, id, size: 0, cursor: -1});
    this.viewport = el("div", "viewport");
    this.viewport.tabIndex = 0;
    this.viewport.setAttribute("role", role);
    this.viewport.setAttribute("aria-label", label);
    this.sizer = el("div", "sizer");
    this.sizer.setAttribute("role", role === "table" ? "rowgroup" : "presentation");
    this.viewport.append(...(head ? [head] : []), this.sizer);
    this.headHeight = head ? 23 : 0;
    this.viewport.addEventListener("scroll", () => this.later(), {passive: true});
    this.viewport.addEventListener("keydown", event => this.keydown(event));
    new ResizeObserver(() => this.later()).observe(this.viewport);
  }

  resize(size) {
    this.size = size;
    this.sizer.style.height = `${Math.min(size * this.height, TALLEST)}px`;
    this.cursor = Math.min(this.cursor, size - 1);
    this.render();
  }

  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.render(); });
  }

  get ratio() {
    const seen = this.viewport.clientHeight;
    const [total, drawn] = [this.size * this.height, Math.min(this.size * this.height, TALLEST)];
    return total > drawn ? (total - seen) / (drawn - seen) : 1;
  }

  render() {
    const {scrollTop, clientHeight} = this.viewport;
    const top = scrollTop * this.ratio;
    const first = Math.max(0, Math.floor(top / this.height) - 8);
    const last = Math.min(this.size, Math.ceil((top + clientHeight) / this.height) + 8);
    const drawn = [];
    for (let index = first; index < last; index++) {
      const row = this.draw(index);
      row.id = `${this.id}-${index}`;
      row.dataset.index = index;
      row.style.top = `${index * this.height - top + scrollTop}px`;
      row.style.height = `${this.height}px`;
      if (index === this.cursor) row.classList.add("cursor");
      drawn.push(row);
    }
    this.sizer.replaceChildren(...drawn);
    if (this.cursor >= first && this.cursor < last) this.viewport.setAttribute("aria-activedescendant", `${this.id}-${this.cursor}`);
    else this.viewport.removeAttribute("aria-activedescendant");
  }

  /** Moves the cursor to a row, and the row into sight. */
  moveTo(index) {
    this.cursor = Math.max(0, Math.min(index, this.size - 1));
    const ratio = this.ratio, seen = this.viewport.clientHeight - this.headHeight;
    const top = this.cursor * this.height, now = this.viewport.scrollTop * ratio;
    if (top < now) this.viewport.scrollTop = top / ratio;
    else if (top + this.height > now + seen) this.viewport.scrollTop = (top + this.height - seen) / ratio;
    this.render();
    if (this.moved) this.moved(this.cursor);
  }

  keydown(event) {
    if (!this.keys && !this.moved) return; // nothing can be done with a row: the browser scrolls
    if (event.target !== this.viewport || event.ctrlKey || event.metaKey || event.altKey || !this.size) return;
    const page = Math.max(1, Math.floor(this.viewport.clientHeight / this.height) - 1);
    const jump = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.size, End: this.size}[event.key];
    if (jump !== undefined) this.moveTo(this.cursor < 0 ? (jump < 0 ? 0 : jump - 1) : this.cursor + jump);
    else if (this.cursor < 0 || !this.keys || !this.keys(event.key, this.cursor)) return;
    event.preventDefault();
  }
}
