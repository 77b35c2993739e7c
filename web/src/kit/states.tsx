/** What a place shows that has nothing to show yet, nothing at all, or a problem. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/problem";
import { words } from "../strings/common";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";
import styles from "./kit.module.css";

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly detail?: string | undefined;
  /** 1 where it is all the screen has, 2 inside one that has a heading. */
  readonly heading?: 1 | 2;
  readonly children?: ComponentChildren;
}

export function Empty({ icon, title, detail, heading = 2, children }: EmptyProps) {
  const Heading = heading === 1 ? "h1" : "h2";
  return (
    <section class={styles.state}>
      <span class={styles.stateIcon}><Icon name={icon} size={34} /></span>
      <Heading tabIndex={heading === 1 ? -1 : undefined}>{title}</Heading>
      {detail && <p>{detail}</p>}
      {children}
    </section>
  );
}

interface FailedProps {
  readonly title: string;
  readonly detail?: string;
  readonly action?: string;
  readonly retry?: (() => void) | undefined;
}

export function Failed({ title, detail, action = words.tryAgain, retry }: FailedProps) {
  return (
    <section class={styles.state} role="alert">
      <span class={styles.stateIcon}><Icon name="sad" size={34} /></span>
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {retry && <Button kind="primary" icon="refresh" onClick={retry}>{action}</Button>}
    </section>
  );
}

/** A problem as a state; "not found" has nothing to retry. */
export function FailedWith({ problem, retry }: { readonly problem: Problem; readonly retry?: () => void }) {
  if (problem.status === 404 || problem.status === 410) return <Empty icon="search" title={words.notFound} detail={words.notFoundDetail} />;
  const detail = problem.retryAfter > 0 ? `${problem.detail} ${words.tryAgainIn(problem.retryAfter)}` : problem.detail;
  return <Failed title={problem.title} detail={detail} retry={retry} />;
}

/** Shown only to those who wait longer than a moment. */
export function Waiting({ label = words.loading }: { readonly label?: string }) {
  return <div class={styles.waiting} role="status"><span class={styles.spinner} /><span class="visually-hidden">{label}</span></div>;
}

interface SkeletonProps {
  readonly width?: string;
  readonly height?: string;
  readonly round?: boolean;
}

/** The grey shape of what is about to come, of the same size, so that nothing jumps. */
export function Skeleton({ width = "100%", height = "1em", round = false }: SkeletonProps) {
  return <span class={`${styles.skeleton} ${round ? styles.skeletonRound : ""}`} style={{ width, height }} aria-hidden="true" />;
}
