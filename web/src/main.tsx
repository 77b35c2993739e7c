import { render } from "preact";
import "./base.css";
import { App } from "./app/app";
import { watchUnread } from "./app/unread";
import { readSession } from "./session/session";
import { applyTheme } from "./theme";

applyTheme();
void readSession();
watchUnread();
render(<App />, document.getElementById("app")!);
