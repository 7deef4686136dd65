/** Runs in the page: finds elements that are cut off, stick out or overlap. */
function measure() {
  const faults = [];
  const say = (what, element) => {
    const words = element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
    faults.push(`${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${words}`);
  };
  /** Elements for screen readers only, and folded ones. */
  const unseen = new Set();
  for (const element of document.querySelectorAll("body *")) {
    if (unseen.has(element.parentElement) || getComputedStyle(element).clipPath !== "none" || !element.checkVisibility()) unseen.add(element);
  }
  const all = [...document.querySelectorAll("body, body *")].filter((element) => !unseen.has(element) && !element.closest("svg > *"));

  if (document.documentElement.scrollWidth > innerWidth) say("is wider than the window", document.documentElement);
  for (const element of all) {
    const style = getComputedStyle(element);
    if (style.display === "inline" || style.overflowX === "visible" || element === document.body) continue;
    const clamped = style.webkitLineClamp !== "none";
    const meant = style.textOverflow === "ellipsis" || element.matches("input, svg, .sheet");
    if (element.scrollWidth - element.clientWidth > 1 && !meant) say("scrolls or is cut sideways", element);
    if (style.overflowY !== "auto" && element.scrollHeight - element.clientHeight > 3 && !clamped && !element.matches("svg, select")) say("is cut below", element);
  }

  // A phone number must not be cut; only a text longer than any number may be.
  for (const number of document.querySelectorAll(".number")) {
    const cut = number.closest(".cut");
    if (cut && !unseen.has(number) && cut.scrollWidth > cut.clientWidth && number.textContent.length <= 16) say("a number is cut", number);
  }

  // Each line of text and each control as drawn. Line boxes may touch, so 3 pixels of their height are taken off.
  const boxes = [];
  const areas = new Map();
  /** The part of the page in which the scroll areas around an element show it. */
  const shown = (element) => {
    if (element === null) return { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity };
    if (!areas.has(element)) {
      const around = shown(element.parentElement);
      const own = element.getBoundingClientRect();
      // Only a file's table may scroll sideways.
      const across = element.matches(".sheet") ? own : around;
      const down = getComputedStyle(element).overflowY === "visible" ? around : own;
      areas.set(element, {
        left: Math.max(around.left, across.left),
        right: Math.min(around.right, across.right),
        top: Math.max(around.top, down.top),
        bottom: Math.min(around.bottom, down.bottom),
      });
    }
    return areas.get(element);
  };
  const take = (box) => {
    const area = shown(box.element.parentElement);
    const seen = {
      element: box.element,
      left: Math.max(area.left, box.left),
      right: Math.min(area.right, box.right),
      top: Math.max(area.top, box.top),
      bottom: Math.min(area.bottom, box.bottom),
    };
    if (seen.left < seen.right && seen.top < seen.bottom) boxes.push(seen);
  };
  for (const element of all) {
    const cut = element.closest(".cut, pre")?.getBoundingClientRect();
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || node.data.trim() === "" || element.closest("select")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, top, bottom } of range.getClientRects()) {
        // Text behind an ellipsis or outside of a scroll area is not visible.
        if (cut && (left >= cut.right || bottom > cut.bottom || top < cut.top - 3)) continue;
        take({ element, left, right: Math.min(right, cut?.right ?? right), top: top + 3, bottom: bottom - 3 });
      }
    }
    if (element.matches("button, input, select, svg")) take({ element, ...element.getBoundingClientRect().toJSON() });
  }
  const within = ".card, .box, article, aside, button, code, form, header, nav, main";
  const above = (element) => element.closest(".drop, dialog") !== null;
  for (const [n, one] of boxes.entries()) {
    const around = one.element.parentElement.closest(within)?.getBoundingClientRect();
    if (around && (one.right > around.right + 1 || one.left < around.left - 1)) say("sticks out sideways", one.element);
    if (one.right > innerWidth + 1 || one.left < -1) say("is outside the window", one.element);
    for (const other of boxes.slice(n + 1)) {
      if (one.element.contains(other.element) || other.element.contains(one.element) || above(one.element) !== above(other.element)) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 1) say(`lies on «${other.element.textContent.trim().slice(0, 30)}»`, one.element);
    }
  }
  return [...new Set(faults)];
}

export const layout = (page) => page.evaluate(measure);
