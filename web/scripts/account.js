/** Signing in, joining, and one's own account. */

import { call } from "./api.js";
import { field, onSubmit, openDialog } from "./dialog.js";
import { avatar, h, icon, toast } from "./dom.js";
import { enter, leave, onSession, session } from "./session.js";

/** Fills the menu with what suits whoever is here. */
export function showMenu(menu, upload) {
  onSession((user) => {
    const uploading = h("button", { class: "button", type: "button", onclick: upload }, icon("plus"), "Upload");
    const account = user
      ? h("button", { class: "round", type: "button", "aria-label": `Account of ${user.display_name}`, onclick: openAccount }, avatar(user))
      : h("button", { class: "button main", type: "button", onclick: () => openSignIn() }, "Sign in");
    menu.replaceChildren(uploading, account);
  });
}

/** Asks who it is; `then` goes on with what needed a name. */
export function openSignIn({ reason = "", then = () => {} } = {}) {
  const body = h("div", { role: "tabpanel" });
  const tabs = ["Sign in", "Join"].map((name) =>
    h("button", { type: "button", role: "tab", "aria-selected": "false", onclick: () => show(name) }, name),
  );
  const dialog = openDialog("Welcome", reason ? h("p", {}, reason) : null, h("div", { class: "switch", role: "tablist" }, tabs), body);
  const done = (user) => {
    dialog.close();
    enter(user);
    toast(`Hello, ${user.display_name}!`);
    then();
  };
  function show(name) {
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.textContent === name));
    body.replaceChildren(name === "Join" ? joinForm(done) : signInForm(done));
    body.querySelector("input").focus();
  }
  show("Sign in");
}

function signInForm(done) {
  const form = h(
    "form",
    {},
    field("Username", "username", { autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" }),
    field("Password", "password", { type: "password", autocomplete: "current-password", required: true }),
    h("button", { class: "button main", type: "submit" }, "Sign in"),
  );
  onSubmit(form, async (values) => done(await call("POST", "/auth/login", { body: values })));
  return form;
}

function joinForm(done) {
  const form = h(
    "form",
    {},
    field("Username", "username", { autocomplete: "username", required: true, pattern: "[A-Za-z0-9_.]{3,30}", autocapitalize: "none", spellcheck: "false" }, "3 to 30 letters, digits, dots or underscores."),
    field("Name people see", "display_name", { autocomplete: "nickname", maxlength: "50" }, "Optional."),
    field("Date of birth", "birth_date", { type: "date", autocomplete: "bday", required: true }, "Never shown to others."),
    field("Password", "password", { type: "password", autocomplete: "new-password", required: true, minlength: "8" }, "At least 8 characters."),
    h("button", { class: "button main", type: "submit" }, "Join"),
  );
  onSubmit(form, async ({ display_name, ...values }) => {
    const body = display_name ? { ...values, display_name } : values;
    done(await call("POST", "/auth/register", { body }));
  });
  return form;
}

function openAccount() {
  const { user } = session;
  const out = h("button", { class: "button", type: "button" }, "Sign out");
  const dialog = openDialog(
    "Your account",
    h("div", { class: "person" }, avatar(user), h("div", {}, h("strong", {}, user.display_name), h("small", {}, `@${user.username} · ${user.role}`))),
    user.role === "user" ? creatorForm(() => dialog.close()) : null,
    h("div", { class: "row" }, out),
  );
  out.addEventListener("click", async () => {
    dialog.close();
    await leave().catch((problem) => toast(problem.detail, { bad: true }));
  });
}

/** Returns the step that lets somebody upload. */
export function creatorForm(done) {
  const form = h(
    "form",
    {},
    h("p", {}, "Creators can upload videos. It takes one click."),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "terms", required: true }), "What I upload is mine to share, and I accept the terms for creators."),
    h("button", { class: "button main", type: "submit" }, "Become a creator"),
  );
  onSubmit(form, async () => {
    enter(await call("POST", "/users/me/creator", { body: { accept_terms: true } }));
    done();
  });
  return form;
}
