import { render } from "preact";
import "./base.css";
import { App } from "./app/app";
import { watchUnread } from "./app/unread";
import { isNative, loadEngine } from "./playback/engine";
import { readSession } from "./session/session";
import { applyTheme } from "./theme";

applyTheme();
if (/^\/(following|trending|v\/.*)?$/.test(location.pathname) && !isNative()) void loadEngine(); // while the shell appears
void readSession();
watchUnread();
render(<App />, document.getElementById("app")!);
