/** Keeps the scroll position and the index of the current video the same, whoever changes which. */
import type { Signal } from "@preact/signals";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const SETTLED_PX = 2;

interface SnapEvent extends Event {
  readonly snapTargetBlock?: Element | null;
}

export class Scroller {
  #goal: number | null = null;
  readonly #observer: ResizeObserver;

  constructor(readonly element: HTMLElement, readonly index: Signal<number>, readonly count: () => number) {
    element.addEventListener("scroll", this.#scrolled, { passive: true });
    element.addEventListener("scrollsnapchanging", this.#snapping);
    element.addEventListener("scrollend", this.#ended);
    for (const name of ["wheel", "touchstart", "pointerdown"]) element.addEventListener(name, this.#takeOver, { passive: true });
    this.#observer = new ResizeObserver(() => this.place());
    this.#observer.observe(element);
  }

  /** Shows the current video without moving there. */
  place(): void {
    this.#goal = null;
    this.element.scrollTo({ top: this.#top(this.index.peek()), behavior: "instant" });
  }

  /** Goes to a place: its video is current at once, the picture follows. */
  goTo(at: number): void {
    const index = Math.min(Math.max(at, 0), this.count() - 1);
    if (index === this.index.peek()) return;
    this.index.value = this.#goal = index;
    this.element.scrollTo({ top: this.#top(index), behavior: calm.matches ? "instant" : "smooth" });
  }

  close(): void {
    this.#observer.disconnect();
  }

  #top(index: number): number {
    return index * this.element.clientHeight;
  }

  #takeOver = (): void => {
    this.#goal = null;
  };

  #scrolled = (): void => {
    const { scrollTop, clientHeight } = this.element;
    if (clientHeight === 0) return;
    if (this.#goal !== null) {
      if (Math.abs(scrollTop - this.#top(this.#goal)) < SETTLED_PX) this.#goal = null;
      return;
    }
    this.#set(Math.round(scrollTop / clientHeight));
  };

  /** The browser knows where a swipe will end before it is there. */
  #snapping = (event: SnapEvent): void => {
    const at = Number((event.snapTargetBlock as HTMLElement | null | undefined)?.dataset.at);
    if (this.#goal === null && Number.isInteger(at)) this.#set(at);
  };

  #ended = (): void => {
    this.#goal = null;
    this.#scrolled();
  };

  #set(index: number): void {
    const limited = Math.min(Math.max(index, 0), this.count() - 1);
    if (limited >= 0 && limited !== this.index.peek()) this.index.value = limited;
  }
}
