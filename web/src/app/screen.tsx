/** Shows the screen that belongs to the address, once its code is there. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { asProblem, type Problem } from "../api/problem";
import { Button } from "../kit/button";
import { Empty, Failed, Waiting } from "../kit/states";
import { hasRole, isKnown, me, signInAsked } from "../session/session";
import { words } from "../strings/common";
import { here, match, scrollOf, type Params } from "./router";
import { routes, type Route, type ScreenProps } from "./routes";
import { useTitle } from "./title";
import styles from "./shell.module.css";

interface Shown {
  readonly Component: ComponentType<ScreenProps> | null;
  readonly route: Route | null;
  readonly params: Params;
  readonly key: string;
}

const loaded = new Map<Route["load"], ComponentType<ScreenProps>>();

function find(path: string): { route: Route; params: Params } | null {
  for (const route of routes) {
    const params = match(route.path, path);
    if (params) return { route, params };
  }
  return null;
}

export function Screen() {
  const shown = useSignal<Shown | null>(null);
  const problem = useSignal<Problem | null>(null);
  const tries = useSignal(0);
  const isFirst = useRef(true);
  const main = useRef<HTMLElement>(null);

  useSignalEffect(() => {
    tries.value;
    const { path, key } = here.value;
    const found = find(path);
    const show = (Component: ComponentType<ScreenProps> | null) => {
      if (here.peek().path !== path) return;
      problem.value = null;
      shown.value = { Component, route: found?.route ?? null, params: found?.params ?? {}, key };
    };
    if (!found) return show(null);
    const kept = loaded.get(found.route.load);
    if (kept) return show(kept);
    found.route.load().then(
      (module) => {
        loaded.set(found.route.load, module.default);
        show(module.default);
      },
      (thrown: unknown) => (problem.value = asProblem(thrown)),
    );
  });

  const key = shown.value?.key;
  useLayoutEffect(() => {
    if (key) window.scrollTo(0, scrollOf(key));
  }, [key]);
  useEffect(() => {
    if (!key) return;
    if (!isFirst.current) (main.current?.querySelector<HTMLElement>("h1") ?? main.current)?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [key]);

  return (
    <main ref={main} id="main" tabIndex={-1} class={styles.main}>
      {problem.value ? <NotLoaded retry={() => (tries.value += 1)} /> : shown.value ? <Allowed {...shown.value} /> : <Waiting />}
    </main>
  );
}

function Allowed({ Component, route, params, key }: Shown) {
  const needs = route?.needs;
  const allowed = !needs || (needs === "session" ? Boolean(me.value) : hasRole(needs));
  useEffect(() => {
    if (needs && isKnown.value && !me.value) signInAsked.value ??= { reason: "" };
  }, [needs, isKnown.value]);
  if (!Component) return <NotFound />;
  if (needs && !isKnown.value) return <Waiting />;
  if (!allowed && me.value) return <NotFound />;
  if (!allowed) return <SignInFirst />;
  return <Component key={`${route?.path} ${JSON.stringify(params)} ${key === undefined}`} params={params} />;
}

function SignInFirst() {
  useTitle(words.nav.signIn);
  return (
    <Empty icon="lock" title={words.signInFirst}>
      <Button kind="primary" onClick={() => (signInAsked.value = { reason: "" })}>{words.nav.signIn}</Button>
    </Empty>
  );
}

export function NotFound() {
  useTitle(words.notFound);
  return (
    <Empty icon="search" title={words.notFound} detail={words.notFoundDetail} heading={1}>
      <Button kind="primary" href="/">{words.goHome}</Button>
    </Empty>
  );
}

function NotLoaded({ retry }: { retry: () => void }) {
  return navigator.onLine
    ? <Failed title={words.failed} detail={words.newVersion} action={words.reload} retry={() => location.reload()} />
    : <Failed title={words.outOfReach} detail={words.checkConnection} retry={retry} />;
}
